"""Files of rules and cut points with anything in them: one error that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskslim.constraints import Setting, read_constraints
from riskslim.constraints.records import KINDS
from riskslim.constraints.schema import kind_of_rule
from riskslim.errors import ConstraintError, OptionError, RiskSlimError
from riskslim.features.given import read_cut_points

NAMES = ("Age >= 40", "Age >= 65", "Female", "Height", "Weight", "Lab A", "Lab B")
VALUES = (
    *('""', '"Age*"', "1", "-1", "0", "1.5", "true", "inf", "-inf", "nan", "1e308", "[]", "{}"),
    *("[1, 2]", "[[[[1]]]]", "[{}]", '["Age >= 40", 1]', "{ a = 1 }", "{ a = [1] }", "1979-05-27"),
    *('{ a = ["b"] }', f"0x{'f' * 5000}", "1" + "0" * 400, str(2**31), str(2**63), str(2**53)),
    *('["Age >= 40", "Age >= 65"]', "{ Female = nan }", '"\\u001b[31m"', '{ "Age >= 40" = 1e300 }'),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_any_kind_with_any_value_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    setting = Setting.of_names(NAMES)
    example = kind_of_rule(kind).example
    lines = example.splitlines()
    for place in range(2, len(lines)):
        key = lines[place].partition("=")[0]
        for value in VALUES:
            path.write_text("\n".join([*lines[:place], f"{key}= {value}", *lines[place + 1 :]]))
            try:
                read_constraints(path, setting)
            except ConstraintError as error:
                assert str(path) in str(error)  # noqa: PT017
                assert len(str(error)) < 2000  # noqa: PT017


@pytest.mark.parametrize(
    "text",
    [
        "rule = " + "[" * 100_000,
        "a" + ".a" * 100_000 + " = 1",
        "rule = [1]",
        "rule = 1" + "0" * 5000,
        "[[rule]]\nkind = {}",
        "[[rule]]\nkind = 0x" + "f" * 5000,
        "[[rule]]\nkind = 'size'\nat_most = 0x" + "f" * 5000,
        "\0",
        "\x1b",
    ],
)
def test_what_is_no_file_of_rules_or_cut_points_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    with pytest.raises(ConstraintError, match=r"file\.toml"):
        read_constraints(path)
    with pytest.raises(OptionError, match="cut points"):
        read_cut_points(path, ["Age"])


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(RiskSlimError, match=tmp_path.name):
            read_constraints(path)
        with pytest.raises(RiskSlimError, match=tmp_path.name):
            read_cut_points(path, [])
