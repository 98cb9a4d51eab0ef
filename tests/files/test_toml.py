"""TOML files say what is wrong with them, without the name of the file."""

import pytest

from riskslim.files.toml import read_toml

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("number", [f"0x{'f' * 5000}", "9223372036854775808", f"[1, -{'9' * 30}]"])
def test_integers_of_more_than_64_bits_are_none(tmp_path, number):
    file = tmp_path / "f.toml"
    file.write_text(f"[a]\nmissing = {number}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the integer of 'missing' has more than 64 bits"):
        read_toml(file)


def test_integers_of_64_bits_are_read(tmp_path):
    file = tmp_path / "f.toml"
    file.write_text(f"a = {2**63 - 1}\nb = {-(2**63)}\n", encoding="utf-8")
    assert read_toml(file)[1] == {"a": 2**63 - 1, "b": -(2**63)}
