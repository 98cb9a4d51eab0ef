"use strict";
(function () {
  var model = MODEL;
  var form = document.getElementById("items");
  function fields(number) {
    return Array.prototype.slice.call(form.querySelectorAll('[data-item="' + number + '"]'));
  }
  function typed(number) { return form.querySelector('[data-number="' + number + '"]'); }
  function show(id, text) { document.getElementById(id).textContent = text; }
  function decimal(text) { return text.replace(".", model.decimal); }
  function percent(share, places) {
    var text, least = Math.pow(10, -places);
    if (share === 0 || share === 1) text = String(share * 100);
    else if (share * 100 < least) text = "<" + least.toFixed(places);
    else if (share * 100 > 100 - least) text = ">" + (100 - least).toFixed(places);
    else text = (share * 100).toFixed(places);
    return decimal(text) + model.percent;
  }
  function signed(points) {
    return (points > 0 ? "+" : "") + decimal(String(Math.round(points * 1e6) / 1e6));
  }
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
  }
  // The row of the table that a total is in; none of a total that nobody can have.
  function rowOf(total) {
    return model.table.filter(function (row) {
      var low = row[0], high = row[1];
      if (model.listed) return total >= low && total <= high;
      return model.answers ? (low === null || total > low) && (high === null || total <= high)
        : (low === null || total >= low) && (high === null || total < high);
    })[0];
  }
  // Wilson's interval of the observed share at the total, and those joined with it.
  function interval(total) {
    var row = rowOf(total);
    if (!row) return model.texts.outside;
    var n = row[2], k = row[3], z = 1.959963984540054;
    if (n === 0) return model.texts.nobody;
    var p = k / n, base = 1 + z * z / n;
    var middle = (p + z * z / (2 * n)) / base;
    var half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / base;
    return fill(model.texts.observed, {
      positives: k, people: n,
      totals: row[0] === row[1] ? model.texts.this_total
        : fill(model.texts.these_totals, { totals: row[5] }),
      low: percent(Math.max(0, k === 0 ? 0 : middle - half), row[4]),
      high: percent(Math.min(1, k === n ? 1 : middle + half), row[4])
    });
  }
  function unknownBox(number) { return form.querySelector('[data-unknown="' + number + '"]'); }
  // Whether it was said that an item is not known: its points are any that it can have.
  function isUnknown(number) {
    var box = unknownBox(number);
    return Boolean(box && (box.tagName === "OPTION" ? box.selected : box.checked));
  }
  // What is answered to an item: a number, or the place of a band; NaN where nothing is.
  function answer(number) {
    var all = fields(number);
    var one = all[0].type === "radio" ? all.filter(function (field) { return field.checked; })[0]
      : all[0];
    if (!one || one.value === "" || isUnknown(number) || refused[number]) return NaN;
    return Number(one.value);
  }
  // Give an answer to an item, or take it back with null.
  function choose(number, value) {
    fields(number).forEach(function (field) {
      if (field.type === "radio") field.checked = Number(field.value) === value && value !== null;
      else field.value = value === null ? "" : String(value);
    });
    var box = unknownBox(number);
    if (box && box.tagName !== "OPTION") box.checked = false;
  }
  function chooseUnknown(number) {
    var item = model.items[number], box = unknownBox(number);
    choose(number, null);
    if (item.unknown !== null) choose(number, item.unknown);
    else if (box.tagName === "OPTION") box.selected = true;
    else box.checked = true;
  }
  // Numbers that were typed and cannot be; they count as no answer.
  var refused = {};
  function note(number, text) {
    var place = document.getElementById("note-" + number);
    if (place) place.textContent = text;
  }
  // What a number that was typed tells of itself: nothing, most often.
  function remark(item, value) {
    var ends = item.plausible || [null, null], seen = item.seen;
    var high = ends[1] !== null && value > ends[1], low = ends[0] !== null && value < ends[0];
    var key = null, range = ends;
    if (high || low) {
      key = item.limited ? "beyond_limits" : seen ? "beyond_seen" : "beyond_least";
      if (!item.limited && seen) range = seen;
    } else if (seen && (value < seen[0] || value > seen[1])) {
      key = "outside_seen";
      range = seen;
    }
    return { refused: high || low, text: key === null ? "" : fill(model.texts[key], {
      value: decimal(String(value)), low: decimal(String(range[0])), high: decimal(String(range[1]))
    }) };
  }
  // A boundary is a number, and 0 for the place just below it or 1 for that just above it.
  function bandOf(item, value) {
    var band = 0;
    while (band < item.cuts.length && (value > item.cuts[band][0] ||
      (value === item.cuts[band][0] && item.cuts[band][1] === 0))) band++;
    return band;
  }
  // A number that is typed in chooses its band; a band that is chosen takes the number's place.
  function follow(field) {
    var number = Number(field.dataset.number || field.dataset.item || field.dataset.unknown);
    if (field.tagName === "SELECT" && field.selectedOptions[0].dataset.unknown !== undefined) {
      field = field.selectedOptions[0];
    }
    if (field.type === "number") { read(field, number); return; }
    refused[number] = false;
    note(number, "");
    if (typed(number)) typed(number).value = "";
    if (field.dataset.unknown !== undefined) {
      if (field.type === "checkbox" && field.checked) chooseUnknown(number);
    } else {
      var box = unknownBox(number);
      if (box && box.type === "checkbox") box.checked = false;
      model.ties.forEach(function (tie) { untangle(tie, number); });
    }
  }
  function read(field, number) {
    var item = model.items[number], value = Number(field.value), own = field.dataset.number;
    var bad = field.validity.badInput, empty = !bad && field.value === "";
    var isCode = !bad && !empty && item.codes.indexOf(value) >= 0;
    var special = bad || empty ? undefined
      : item.special.filter(function (one) { return one[0] === value; })[0];
    var said = bad || empty || isCode || special ? { refused: bad, text: "" } : remark(item, value);
    refused[number] = said.refused;
    note(number, isCode ? fill(model.texts.code, { value: decimal(field.value) }) : said.text);
    field.setAttribute("aria-invalid", String(said.refused));
    if (isCode) chooseUnknown(number);
    else if (own !== undefined) {
      choose(number, said.refused || empty ? null : special ? special[1] : bandOf(item, value));
    } else {
      var box = unknownBox(number);
      if (box) box.checked = false;
    }
  }
  // Of cuts of one measurement, or levels of one category, only some can hold together: what was
  // answered last stands, the other answers move as little as they can, and what follows from
  // them is answered too.
  function untangle(tie, last) {
    var place = tie.items.indexOf(last);
    if (place < 0) return;
    var now = tie.items.map(answer), best = [], least = Infinity;
    tie.answers.forEach(function (ticks) {
      var moved = ticks.filter(function (tick, index) {
        return isFinite(now[index]) && tick !== now[index];
      }).length;
      if (ticks[place] !== now[place] || moved > least) return;
      if (moved < least) best = [];
      best.push(ticks);
      least = moved;
    });
    tie.items.forEach(function (number, index) {
      if (best.length === 0 || isUnknown(number)) return;
      var agree = best.every(function (ticks) { return ticks[index] === best[0][index]; });
      if (isFinite(now[index]) || agree) choose(number, best[0][index]);
    });
  }
  // What cuts or levels that are tied can add up to, as far as they are known: nobody has none of
  // levels of which everybody has one.
  function tiedSums(tie) {
    return tie.answers.filter(function (ticks) {
      return ticks.every(function (tick, index) {
        return isUnknown(tie.items[index]) || tick === answer(tie.items[index]);
      });
    }).map(function (ticks) {
      return ticks.reduce(function (sum, tick, index) {
        return sum + tick * model.items[tie.items[index]].points;
      }, 0);
    });
  }
  function whole(total) {
    return Math.abs(total - Math.round(total)) < 1e-9 ? Math.round(total) : total;
  }
  // A decision score has answers, no and yes; its value is 0 or 1.
  function meaning(total) {
    if (model.answers) return Number(total > model.cutoff);
    if (model.steps) {
      // Looked-up risks: [totals at which they step up, risks].
      var step = 0;
      while (step < model.steps[0].length && total >= model.steps[0][step]) step++;
      return model.steps[1][step];
    }
    var margin = (model.intercept + total) / model.multiplier;
    var decay = Math.exp(-Math.abs(margin));
    return (margin >= 0 ? 1 : decay) / (1 + decay);
  }
  function between(low, high) {
    return low === high ? low : fill(model.texts.between, { low: low, high: high });
  }
  // What an answer of an item can become: its other bands, or no and yes.
  function optionsOf(number, rule) {
    var item = model.items[number], now = answer(number);
    var field = typed(number), value = field && field.value !== "" ? Number(field.value) : NaN;
    if (!isFinite(now) || !rule.allowed[now]) return [];
    var own = item.bands ? item.bands[now][1] : item.points * now;
    return rule.allowed[now].map(function (allowed, to) {
      if (!allowed) return null;
      if (rule.most !== null) {
        var end = rule.ends[to], isUp = to > now, edge = isUp ? end[0] : end[1];
        var distance = edge === null ? 0 : isUp ? edge - value : value - edge;
        distance = Math.round(distance * 1e9) / 1e9;
        // Beyond an end that is outside, there is always a value a little further.
        if (!(distance < rule.most || (distance === rule.most && !end[isUp ? 2 : 3]))) return null;
      }
      return {
        number: number, to: to, steps: Math.abs(to - now),
        gain: (item.bands ? item.bands[to][1] : item.points * to) - own
      };
    }).filter(Boolean);
  }
  function reaches(total) {
    var value = meaning(whole(total)), low = model.changes.wanted === "low";
    if (model.answers) return value === (low ? 0 : 1);
    return low ? value <= model.changes.risk + 1e-12 : value >= model.changes.risk - 1e-12;
  }
  // Sets of answers whose change reaches the target, the smallest first, and no larger one.
  function waysFrom(total, options) {
    var found = [], towards = model.changes.wanted === "low" ? Math.min : Math.max;
    // What the answers from one on can gain at the most.
    function mostOf(chosen, at) {
      return chosen.slice(at).reduce(function (sum, entry) {
        return sum + towards.apply(null, entry.map(function (option) { return option.gain; }));
      }, 0);
    }
    function grow(from, chosen, size) {
      if (chosen.length === size) {
        if (!reaches(total + mostOf(chosen, 0))) return;
        if (found.some(function (one) {
          return one.every(function (old) {
            return chosen.some(function (entry) { return entry === old.from; });
          });
        })) return;
        var best = null;
        (function pick(at, picked, gain, steps) {
          if ((best && steps >= best.steps) || !reaches(total + gain + mostOf(chosen, at))) return;
          if (at === chosen.length) {
            best = { picked: picked, steps: steps };
            return;
          }
          chosen[at].forEach(function (option) {
            pick(at + 1, picked.concat([option]), gain + option.gain, steps + option.steps);
          });
        })(0, [], 0, 0);
        if (best) {
          found.push(best.picked.map(function (option, at) {
            return { from: chosen[at], number: option.number, to: option.to };
          }));
        }
        return;
      }
      for (var i = from; i < options.length; i++) grow(i + 1, chosen.concat([options[i]]), size);
    }
    var byGain = options.slice().sort(function (one, other) {
      var more = mostOf([one], 0) - mostOf([other], 0);
      return model.changes.wanted === "low" ? -more : more;
    });
    for (var size = 1; size <= options.length && (size <= 3 || !found.length); size++) {
      // So many answers can do no more than those that gain the most.
      if (reaches(total + mostOf(byGain, byGain.length - size))) grow(0, [], size);
    }
    return found;
  }
  function bandName(item, place) {
    return item.bands ? item.bands[place][0] : model.changes.states[place];
  }
  function tellChanges(low, high) {
    var texts = model.changes.texts, ways = document.getElementById("ways");
    var place = document.getElementById("change");
    ways.replaceChildren();
    place.dataset.status = "";
    if (low === null || low !== high) { place.textContent = texts.open; return; }
    var rules = model.changes.items, asking = [], options = [];
    Object.keys(rules).map(Number).forEach(function (number) {
      var field = typed(number), own = optionsOf(number, rules[number]);
      if (rules[number].most !== null && field && field.value === "") {
        asking.push(model.items[number].label);
      }
      if (own.length) options.push(own);
    });
    var ends = [low, low];
    options.forEach(function (own) {
      var gains = own.map(function (option) { return option.gain; }).concat([0]);
      ends[0] += Math.min.apply(null, gains);
      ends[1] += Math.max.apply(null, gains);
    });
    // No risk falls as the total rises: where neither end will do, nothing between them does.
    var some = ends.some(reaches), found = reaches(low) || !some ? [] : waysFrom(low, options);
    var status = reaches(low) ? "reached" : found.length ? "ways" : "none";
    place.dataset.status = status;
    place.dataset.ends = JSON.stringify(ends.map(whole));
    place.textContent = fill(texts[status], {
      low: decimal(String(whole(ends[0]))), high: decimal(String(whole(ends[1])))
    }) + (asking.length ? " " + fill(texts.number, { items: asking.join(", ") }) : "");
    found.forEach(function (way) {
      var line = document.createElement("li");
      line.dataset.items = JSON.stringify(way.map(function (one) { return one.number; }));
      line.textContent = way.map(function (one) {
        var item = model.items[one.number];
        return item.label + ": " + bandName(item, answer(one.number)) + " \u2192 "
          + bandName(item, one.to);
      }).join("; ");
      ways.appendChild(line);
    });
  }
  function update() {
    if (model.changes) tellChanges(null, null);
    var low = model.fixed, high = model.fixed, reasons = [], tied = {};
    var open = model.items.filter(function (_, number) {
      return !isUnknown(number) && !isFinite(answer(number));
    }).length;
    var why = document.getElementById("why");
    why.replaceChildren();
    if (open > 0) {
      ["total", "risk"].forEach(function (id) {
        show(id, "–");
        delete document.getElementById(id).dataset.value;
        delete document.getElementById(id).dataset.high;
      });
      show("interval", fill(model.texts.open, { count: open }));
      show("tier", "");
      document.getElementById("bar").setAttribute("width", 0);
      return;
    }
    model.ties.forEach(function (tie) {
      var sums = tiedSums(tie);
      tie.items.forEach(function (number) { tied[number] = true; });
      low += Math.min.apply(null, sums);
      high += Math.max.apply(null, sums);
    });
    model.items.forEach(function (item, number) {
      if (isUnknown(number)) {
        var ends = between(signed(item.range[0]), signed(item.range[1]));
        reasons.push({ name: item.label, says: ": " + ends, lost: -1 });
        if (!tied[number]) { low += item.range[0]; high += item.range[1]; }
        return;
      }
      var value = answer(number);
      var band = item.bands ? item.bands[value] : null;
      var points = band ? band[1] : item.points * value;
      if (!tied[number]) { low += points; high += points; }
      // What it costs beyond the fewest points of the item.
      var lost = points - item.range[0], name = band ? item.label + " " + band[0] : item.label;
      if (points === 0 && lost <= 0) return;
      var above = lost > 0 && lost !== points
        ? fill(model.texts.above, { points: signed(lost).slice(1) }) : "";
      reasons.push({ item: item.label, name: name, says: ": " + signed(points) + above, lost: lost });
    });
    // Those that cost the most first, of equals in the order of the card.
    reasons.sort(function (one, other) { return other.lost - one.lost; });
    low = whole(low);
    high = whole(high);
    var least = meaning(low), most = meaning(high);
    function number(total) { return decimal(String(Math.round(total * 1e6) / 1e6)); }
    function inWords(value, total) {
      return model.answers ? model.answers[value] : percent(value, (rowOf(total) || model.table[0])[4]);
    }
    show("total", between(number(low), number(high)));
    show("risk", between(inWords(least, low), inWords(most, high)));
    var output = document.getElementById("risk"), sum = document.getElementById("total");
    output.dataset.value = String(least);
    output.dataset.high = String(most);
    sum.dataset.value = String(low);
    sum.dataset.high = String(high);
    var bar = document.getElementById("bar");
    bar.setAttribute("x", low === high ? 0 : (least * 100).toFixed(2));
    bar.setAttribute("width", ((low === high ? most : most - least) * 100).toFixed(2));
    var tiers = model.tiers.filter(function (one, index) {
      var next = model.tiers[index + 1];
      return (one[0] === null || high >= one[0]) && (!next || low < next[0]);
    });
    show("tier", tiers.map(function (one) { return one[1]; }).join(" / "));
    show("interval", low !== high ? model.texts.range : model.counted ? interval(low) : "");
    if (model.changes) tellChanges(low, high);
    if (reasons.length === 0) reasons.push({ name: "", says: model.texts.nothing });
    reasons.forEach(function (reason) {
      var line = document.createElement("li");
      // A name that is written from right to left keeps its order to itself.
      var name = document.createElement("bdi");
      name.textContent = reason.name;
      line.append(name, reason.says);
      if (reason.lost > 0) {
        line.dataset.reason = reason.item;
        line.dataset.lost = String(reason.lost);
      }
      why.appendChild(line);
    });
  }
  form.addEventListener("input", function (event) { follow(event.target); update(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () {
    refused = {};
    model.items.forEach(function (_, number) { note(number, ""); });
    setTimeout(update, 0);
  });
  update();
})();
