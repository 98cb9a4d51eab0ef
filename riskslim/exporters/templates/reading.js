  var BLANKS = [];
  var CODES = [];
  function given(values, name, isKnown) {
    var cell = Object.prototype.hasOwnProperty.call(values, name) ? values[name] : undefined;
    if (cell === undefined) throw new TypeError(JSON.stringify(name) + " is not given");
    if (cell === null || cell !== cell) return null;
    var isCode = CODES.some(function (code) {
      return code[0] === name && common(code[1]) === common(cell);
    });
    if (isCode) return null;
    if (isKnown && isKnown(spelled(cell))) return cell;
    return BLANKS.indexOf(spelled(cell).toLowerCase()) >= 0 ? null : cell;
  }
  // Blanks around a text, and doubled ones within, say nothing.
  function spelled(cell) { return String(cell).trim().split(/\s+/).join(" "); }
  // One text or number for all spellings of a value: TRUE and true, 01, 1.0 and 1.
  function common(cell) {
    var text = spelled(cell);
    if (/^(true|false)$/i.test(text)) return text.toLowerCase();
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
  }
  function ofBlank(name, points) {
    if (points === null) throw new TypeError(JSON.stringify(name) + " is blank");
    return points;
  }
  function finite(cell, name) {
    var value = common(cell);
    if (value === "true" || value === "false") value = Number(value === "true");
    if (typeof value !== "number" || !isFinite(value)) {
      throw new TypeError(JSON.stringify(name) + " is not a finite number");
    }
    return value;
  }
  // Year, month and day of a text; a Date would depend on where the script runs.
  function day(cell, name) {
    var found = /^(\d{4})(-?)(\d{1,2})\2(\d{1,2})([ T].*)?$/.exec(spelled(cell));
    var parts = found && [Number(found[1]), Number(found[3]), Number(found[4])];
    var date = parts && new Date(Date.UTC(parts[0], parts[1] - 1, parts[2]));
    if (!parts || date.getUTCMonth() !== parts[1] - 1 || date.getUTCDate() !== parts[2]) {
      throw new TypeError(JSON.stringify(name) + " is no date written as year-month-day");
    }
    return parts;
  }
  function reached(value, steps) {
    return steps.reduce(function (points, step) {
      return value >= step[0] ? step[1] : points;
    }, 0);
  }
  function ofNumber(values, name, steps, blank) {
    var cell = given(values, name);
    return cell === null ? ofBlank(name, blank) : reached(finite(cell, name), steps);
  }
  function ofYears(values, name, until, isColumn, steps, blank) {
    var start = given(values, name), end = isColumn ? given(values, until) : until;
    if (start === null || end === null) return ofBlank(name, blank);
    start = day(start, name);
    end = day(end, until);
    var years = end[0] - start[0], toCome = 32 * (end[1] - start[1]) + end[2] - start[2] < 0;
    if (years < 0 || (years === 0 && toCome)) {
      throw new TypeError(JSON.stringify(name) + " lies after " + until);
    }
    return reached(years - toCome, steps);
  }
  function ofYesNo(values, name, yes, blank) {
    var cell = given(values, name);
    if (cell === null) return ofBlank(name, blank);
    var value = finite(cell, name);
    if (value !== 0 && value !== 1) throw new TypeError(JSON.stringify(name) + " is not 1 or 0");
    return yes * value;
  }
  function ofCategory(values, name, levels, other, blank) {
    var cell = given(values, name, function (text) {
      return levels.some(function (level) { return level[0] === text; });
    });
    if (cell === null) return ofBlank(name, blank);
    function pick(spelling) {
      return levels.filter(function (level) { return spelling(level[0]) === spelling(cell); });
    }
    var same = pick(spelled), alike = same.length === 1 ? same : pick(common);
    return alike.length === 1 ? alike[0][1] : other;
  }
