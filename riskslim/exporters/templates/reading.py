"""Points of the cells of a raw table, each read as the score reads it."""

import datetime
import math
import operator
import re
import unicodedata

BLANKS = ()


def given(values, name, codes, levels=()):
    """Give the cell of a column, None where it is blank, unless that word is a level."""
    cell = values[name]
    if cell is None or cell != cell or common(cell) in map(common, codes):
        return None
    is_word = spelled(cell).casefold() in BLANKS and spelled(cell) not in levels
    return None if is_word else cell


def spelled(cell):
    """Give the text of a cell; blanks around it, and doubled ones within, say nothing."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


def common(cell):
    """Give one text or number to all spellings of a value: TRUE and True, 01, 1.0 and 1."""
    text = spelled(cell)
    if text.lower() in ("true", "false"):
        return text.lower()
    number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE)
    return float(text) if number else text


def of_blank(name, points):
    """Give the points of a blank."""
    if points is None:
        raise ValueError(f"{name!r} is blank, for which the score has no points")
    return points


def finite(cell, name):
    """Give the number that a cell holds."""
    words = {"true": 1.0, "false": 0.0}
    value = words.get(common(cell), common(cell))
    if isinstance(value, str) or not math.isfinite(value):
        raise ValueError(f"{name!r} is not a finite number: {cell!r}")
    return value


def day(cell, name):
    """Give the day that a cell holds, written as year-month-day."""
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    found = re.fullmatch(r"(\d{4})(-?)(\d{1,2})\2(\d{1,2})([ T].*)?", spelled(cell), re.ASCII)
    if not found:
        raise ValueError(f"{name!r} is no date: {cell!r}")
    return datetime.date(int(found[1]), int(found[3]), int(found[4]))


def reached(value, steps):
    """Give the points of the last step that a value has reached."""
    points = 0
    for least, has in steps:
        if value >= least:
            points = has
    return points


def of_number(values, name, steps, special, blank, codes):
    """Give the points of a measurement, or of a special code in its place."""
    cell = given(values, name, codes)
    if cell is None:
        return of_blank(name, blank)
    if common(cell) in ("true", "false"):
        raise ValueError(f"{name!r} is no number: {cell!r}")
    value = finite(cell, name)
    return special[value] if value in special else reached(value, steps)


def of_years(values, name, until, is_column, steps, blank, codes):
    """Give the points of the completed years from a date to another, or to that of a column."""
    start = given(values, name, codes)
    end = given(values, until, codes) if is_column else until
    if start is None or end is None:
        return of_blank(name, blank)
    start, end = day(start, name), day(end, until)
    if start > end:
        raise ValueError(f"{name!r} lies after {until}")
    birthday_to_come = (end.month, end.day) < (start.month, start.day)
    return reached(end.year - start.year - birthday_to_come, steps)


def of_yes_no(values, name, yes, blank, codes):
    """Give the points of a yes; a no has none."""
    cell = given(values, name, codes)
    if cell is None:
        return of_blank(name, blank)
    if finite(cell, name) not in (0.0, 1.0):
        raise ValueError(f"{name!r} is neither 1 nor 0: {cell!r}")
    return yes * int(finite(cell, name))


def of_any(values, conditions, yes, codes):
    """Give the points of a yes where any condition holds; where none does, all must be known."""
    met, unknown = False, []
    for name, sign, bound in conditions:
        cell = given(values, name, codes)
        if cell is None:
            unknown.append(name)
            continue
        value = finite(cell, name)
        if (value not in (0.0, 1.0)) if sign == "=" else (common(cell) in ("true", "false")):
            raise ValueError(f"{name!r} cannot be {cell!r}")
        met = met or SIGNS[sign](value, bound)
    if unknown and not met:
        raise ValueError(f"{unknown[0]!r} is blank, and the other columns are not enough")
    return yes * met


SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


def of_category(values, name, levels, other, blank, codes):
    """Give the points of a category, `other` where it is none that the score knows."""
    cell = given(values, name, codes, levels)
    if cell is None:
        return of_blank(name, blank)
    if spelled(cell) in levels:
        return levels[spelled(cell)]
    alike = [points for level, points in levels.items() if common(level) == common(cell)]
    if len(alike) != 1 and other is None:
        raise ValueError(f"{name!r} is a category that the score does not know: {cell!r}")
    return alike[0] if len(alike) == 1 else other
