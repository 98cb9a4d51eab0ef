"""Files that are nearly right: mutated values of JSON, cells of tables, lines of rules, bytes."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

__all__ = ["mutate_bytes", "mutate_json", "mutate_rows", "mutate_toml", "odd_text"]

ODD_TEXTS = (
    "", " ", "\x1b[31mred", "\x07\x7f\x9b2J", "two\nlines", "\u202egnp.exe", "\u2028", "a\tb",
    "[bold]x[/bold]", "[/]", "{{ x }}", "{0}", "%s%n", "</script><b>", "=1+1", "@SUM(1)",
    "\\end{x}",
    "$x_1$", "'; DROP TABLE people; --", '"', "\\", "total", "risk", "(Intercept)", "NaN", "Ünï",
    "血圧 >= 140", "עברית", "a\u0301", "x" * 900, "x" * 30_000, "\ufeff", "\ud800", "\U0001f600",
    "Age >= 40", "1e400", "0x10", "true", "-", ".", "a.b", "a" * 70 + ": b",
)  # fmt: skip
ODD_NUMBERS = (
    *(0, -0.0, 1, -1, 0.5, 2, 3, 255, 1e-9, 1e-300, 5e-324, 1e9, -1e9, 1e15, 1e16, 1e18, 1e300),
    *(2**31, 2**31 - 1, -(2**31), 2**32, 2**53 + 1, 2**63, 2**63 - 1, -(2**63), 2**64, 10**25),
    *(0.1 + 0.2, 1 / 3, 1e-5, 100, 999, 1000, 1001, 12345),
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    {"a": 1},
    [None],
    [1, 2],
    ["a", "b"],
)
ODD_BYTES = (b"\0", b"\xff", b"\x1b[2J", b'"', b"\r", b"\n", b",", b"\xef\xbb\xbf")
# Text that `json.dumps` cannot be asked for.
RAW_VALUES = (
    "NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400, "9" * 5000, "-" + "9" * 30,
    '"\\ud800"',
    "[" * 900 + "]" * 900, "[" * 100_000, '{"a":' * 2000 + "1" + "}" * 2000, '{"a":1,"a":2}', "01",
    "'x'", "", "1.", "\x00", '"\x01"', "/* */ 1",
)  # fmt: skip
MARK = "\ue000raw\ue000"


def odd_text(dice: random.Random) -> str:
    """Give a name, a label or a cell that somebody might have."""
    return dice.choice(ODD_TEXTS)


def _odd_value(dice: random.Random) -> Any:
    return dice.choice(dice.choice((ODD_TEXTS, ODD_NUMBERS, ODD_NUMBERS, ODD_VALUES)))


def mutate_json(value: Any, dice: random.Random) -> str:
    """Change an object in one to four places, and perhaps its text."""
    value = copy.deepcopy(value)
    if dice.random() < 0.4:
        return _with_odd_texts(value, dice)
    raw = None
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        place, key = dice.choice(_places(value))
        change = dice.randrange(8)
        if change == 0:
            del place[key]
        elif change == 1 and isinstance(place, list):
            place.extend([copy.deepcopy(place[key])] * dice.choice((1, 2, 50, 3000)))
        elif change == 2 and isinstance(place, dict):
            place[odd_text(dice)] = place.pop(key)
        elif change == 3:
            other, its_key = dice.choice(_places(value))
            place[key] = copy.deepcopy(other[its_key])
        elif change == 4:
            place[key], raw = MARK, dice.choice(RAW_VALUES)
        elif isinstance(place[key], int | float) and change < 7:
            place[key] = dice.choice((-1, 2, 1.5, 1e6)) * place[key] + dice.choice((0, 0, 1, -1))
        else:
            place[key] = _odd_value(dice)
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5, indent=dice.choice((None, 2)))
    return text if raw is None else text.replace(json.dumps(MARK), raw).replace(f'"{MARK}"', raw)


def _with_odd_texts(value: Any, dice: random.Random) -> str:
    """Change texts alone, so that what is printed of them is reached."""
    texts = [(place, key) for place, key in _places(value) if isinstance(place[key], str)]
    for place, key in dice.sample(texts, min(len(texts), dice.choice((1, 2, 5)))):
        place[key] = odd_text(dice)[:900].replace("\ud800", "")
    return json.dumps(value, ensure_ascii=False)


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        item = left.pop()
        keys = range(len(item)) if isinstance(item, list) else list(item)
        for key in keys:
            found.append((item, key))
            if isinstance(item[key], dict | list):
                left.append(item[key])
    return found or [(value, next(iter(value), 0))] if value else [({"a": 1}, "a")]


def mutate_bytes(content: bytes, dice: random.Random) -> bytes:
    """Cut, repeat, overwrite or insert bytes in one to five places."""
    data = bytearray(content)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(data) + 1)
        length = dice.choice((1, 1, 2, 8, 100))
        change = dice.randrange(5)
        if change == 0:
            del data[at : at + length]
        elif change == 1:
            data[at:at] = data[at : at + length] * dice.choice((1, 2, 100))
        elif change == 2:
            data[at : at + length] = dice.randbytes(length)
        elif change == 3:
            del data[at : len(data) if dice.random() < 0.2 else at + 1]
        else:
            data[at:at] = dice.choice(ODD_BYTES)
    return bytes(data)


def mutate_rows(rows: list[list[str]], dice: random.Random) -> list[list[str]]:
    """Change a table of text, the header first, in one to six places."""
    rows = [list(row) for row in rows]
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        row = dice.choice(rows) if dice.random() < 0.5 else rows[0]
        if not row:
            continue
        column = dice.randrange(len(row))
        change = dice.randrange(7)
        if change == 0:
            row[column] = odd_text(dice).replace("\ud800", "")
        elif change == 1:
            row[column] = str(dice.choice(ODD_NUMBERS))
        elif change == 2:
            number = str(dice.choice(ODD_NUMBERS))
            value = dice.choice((odd_text(dice).replace("\ud800", ""), number))
            for other in rows[1:]:
                if column < len(other):
                    other[column] = value
        elif change == 3:
            for other in rows[1:]:
                if column < len(other) and dice.random() < 0.3:
                    other[column] = dice.choice(("", "NA", "1990-01-01", "1,5", "7 %", "<0.1", "x"))
        elif change == 4:
            row.append("1")
        elif change == 5:
            del row[column]
        else:
            rows[1:] = rows[1 : 1 + dice.choice((0, 1, 2, 5, 40))]
    return rows


def mutate_toml(text: str, dice: random.Random) -> str:
    """Change values, keys and lines of a file of rules in one to three places."""
    lines = text.splitlines()
    for _ in range(dice.choice((1, 1, 2, 3))):
        meant = [i for i, line in enumerate(lines) if "=" in line and "kind" not in line]
        at = dice.choice(meant) if meant and dice.random() < 0.8 else dice.randrange(len(lines))
        key, equals, value = lines[at].partition("=")
        change = dice.randrange(7)
        if change >= 4 and '"' in value and dice.random() < 0.7:
            lines[at] = f'{key}= ["Age*", "{dice.choice(("Female", "Beds", "*", "D*"))}"]'
        elif change <= 1 and len(value) < 20 and value.strip().lstrip("-").isdigit():
            lines[at] = f"{key}= {int(value) + dice.choice((-2, -1, 1, 2, 5))}"
        elif change <= 3 and equals:
            lines[at] = f"{key}= {_toml_value(dice)}"
        elif change == 4 and dice.random() < 0.3:
            lines.insert(at, dice.choice(lines))
        elif change == 5 and dice.random() < 0.3:
            del lines[at]
            lines = lines or [""]
        else:
            name = odd_text(dice).replace("\ud800", "")
            lines[at] = f"{json.dumps(name)} {equals or '='} {value or '1'}"
    return "\n".join(lines) + "\n"


def _toml_value(dice: random.Random) -> str:
    kind = dice.randrange(6)
    text = json.dumps(odd_text(dice).replace("\ud800", ""))
    number = str(dice.choice(ODD_NUMBERS))
    if kind == 0:
        return text
    if kind == 1:
        return number
    if kind == 2:
        return f"[{', '.join(_toml_value(dice) for _ in range(dice.randrange(4)))}]"
    if kind == 3:
        return f"{{ {text} = {number}, b = {_toml_value(dice)} }}"
    odd = ("inf", "-inf", "nan", "true", "1979-05-27", "[" * 5000, f"0x{'f' * 5000}", "9" * 5000)
    return dice.choice((*odd, '"*"', '["a", "b"]', '"Age*"', "12:30:00", "{}", "[]", "''"))
