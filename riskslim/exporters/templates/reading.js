  var BLANKS = [];
  function cellOf(values, name) {
    var cell = Object.prototype.hasOwnProperty.call(values, name) ? values[name] : undefined;
    if (cell === undefined) throw new TypeError(JSON.stringify(name) + " is not given");
    return cell;
  }
  // The cell of a column, null where it is blank, unless that word is a level.
  function given(values, name, codes, levels) {
    var cell = cellOf(values, name);
    function isCell(code) { return common(code) === common(cell); }
    function isLevel(level) { return level[0] === spelled(cell); }
    if (cell === null || cell !== cell || codes.some(isCell)) return null;
    var isWord = BLANKS.indexOf(spelled(cell).toLowerCase()) >= 0;
    return isWord && !(levels && levels.some(isLevel)) ? null : cell;
  }
  // Blanks around a text, and doubled ones within, say nothing.
  function spelled(cell) { return String(cell).normalize("NFC").trim().split(/\s+/).join(" "); }
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
  function ofNumber(values, name, steps, special, blank, codes) {
    var cell = given(values, name, codes);
    if (cell === null) return ofBlank(name, blank);
    if (typeof common(cell) === "string") {
      throw new TypeError(JSON.stringify(name) + " is not a finite number");
    }
    var value = finite(cell, name);
    var own = special.filter(function (one) { return one[0] === value; })[0];
    return own ? own[1] : reached(value, steps);
  }
  function ofYears(values, name, until, isColumn, steps, blank, codes) {
    var start = given(values, name, codes);
    var end = isColumn ? given(values, until, codes) : until;
    if (start === null || end === null) return ofBlank(name, blank);
    start = day(start, name);
    end = day(end, until);
    var years = end[0] - start[0], toCome = 32 * (end[1] - start[1]) + end[2] - start[2] < 0;
    if (years < 0 || (years === 0 && toCome)) {
      throw new TypeError(JSON.stringify(name) + " lies after " + until);
    }
    return reached(years - toCome, steps);
  }
  function ofYesNo(values, name, yes, blank, codes) {
    var cell = given(values, name, codes);
    if (cell === null) return ofBlank(name, blank);
    var value = finite(cell, name);
    if (value !== 0 && value !== 1) throw new TypeError(JSON.stringify(name) + " is not 1 or 0");
    return yes * value;
  }
  var SIGNS = {
    "<": function (a, b) { return a < b; }, "<=": function (a, b) { return a <= b; },
    ">": function (a, b) { return a > b; }, ">=": function (a, b) { return a >= b; },
    "=": function (a, b) { return a === b; }
  };
  function ofAny(values, conditions, yes, codes) {
    var met = false, unknown = [];
    conditions.forEach(function (one) {
      var name = one[0], cell = given(values, name, codes);
      if (cell === null) { unknown.push(name); return; }
      var value = finite(cell, name);
      if (one[1] === "=" ? value !== 0 && value !== 1 : typeof common(cell) === "string") {
        throw new TypeError(JSON.stringify(name) + " cannot be " + JSON.stringify(cell));
      }
      met = met || SIGNS[one[1]](value, one[2]);
    });
    if (unknown.length && !met) {
      throw new TypeError(JSON.stringify(unknown[0]) + " is blank, others are not enough");
    }
    return met ? yes : 0;
  }
  function ofCategory(values, name, levels, other, blank, codes) {
    var cell = given(values, name, codes, levels);
    if (cell === null) return ofBlank(name, blank);
    function pick(spelling) {
      return levels.filter(function (level) { return spelling(level[0]) === spelling(cell); });
    }
    var same = pick(spelled), alike = same.length === 1 ? same : pick(common);
    if (alike.length === 1) return alike[0][1];
    if (other === null) {
      throw new TypeError(JSON.stringify(name) + " is a category that the score does not know");
    }
    return other;
  }
