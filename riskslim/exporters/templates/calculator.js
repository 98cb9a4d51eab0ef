"use strict";
(function () {
  var model = MODEL;
  var form = document.getElementById("items");
  var inputs = form.querySelectorAll("[data-item]");
  function show(id, text) { document.getElementById(id).textContent = text; }
  function decimal(text) { return text.replace(".", model.decimal); }
  function percent(share) {
    var text;
    if (share === 0 || share === 1) text = String(share * 100);
    else if (share < 0.001) text = "<0.1";
    else if (share > 0.999) text = ">99.9";
    else text = (share * 100).toFixed(1);
    return decimal(text) + model.percent;
  }
  function signed(points) {
    return (points > 0 ? "+" : "") + decimal(String(Math.round(points * 1e6) / 1e6));
  }
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
  }
  // Wilson's interval of the observed share at the total.
  function interval(total) {
    for (var i = 0; i < model.table.length; i++) {
      var row = model.table[i], low = row[0], high = row[1];
      var inside = low === high ? total === low
        : model.answers ? (low === null || total > low) && (high === null || total <= high)
        : (low === null || total >= low) && (high === null || total < high);
      if (!inside) continue;
      var n = row[2], k = row[3], z = 1.959963984540054;
      if (n === 0) return model.texts.nobody;
      var p = k / n, base = 1 + z * z / n;
      var middle = (p + z * z / (2 * n)) / base;
      var half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / base;
      return fill(model.texts.observed, {
        positives: k, people: n,
        low: percent(Math.max(0, k === 0 ? 0 : middle - half)),
        high: percent(Math.min(1, k === n ? 1 : middle + half))
      });
    }
    return model.texts.outside;
  }
  function update() {
    var total = 0, valid = true, reasons = [];
    inputs.forEach(function (input) {
      var item = model.items[Number(input.dataset.item)];
      var value = input.type === "checkbox" ? (input.checked ? 1 : 0)
        : input.value === "" ? NaN : Number(input.value);
      if (!isFinite(value)) { valid = false; return; }
      var points = item.points * value;
      total += points;
      if (points !== 0) reasons.push([item.label, ": " + signed(points)]);
    });
    var why = document.getElementById("why");
    why.replaceChildren();
    if (!valid) {
      show("total", "–");
      show("risk", "–");
      show("interval", model.texts.missing);
      document.getElementById("bar").setAttribute("width", 0);
      return;
    }
    if (Math.abs(total - Math.round(total)) < 1e-9) total = Math.round(total);
    // A decision score has answers, no and yes; its value is 0 or 1.
    var risk;
    if (model.answers) {
      risk = Number(total > model.cutoff);
    } else if (model.steps) {
      // Looked-up risks: [totals at which they step up, risks].
      var step = 0;
      while (step < model.steps[0].length && total >= model.steps[0][step]) step++;
      risk = model.steps[1][step];
    } else {
      var margin = (model.intercept + total) / model.multiplier;
      var decay = Math.exp(-Math.abs(margin));
      risk = (margin >= 0 ? 1 : decay) / (1 + decay);
    }
    show("total", decimal(String(Math.round(total * 1e6) / 1e6)));
    show("risk", model.answers ? model.answers[risk] : percent(risk));
    var output = document.getElementById("risk");
    output.dataset.value = String(risk);
    document.getElementById("total").dataset.value = String(total);
    document.getElementById("bar").setAttribute("width", (risk * 100).toFixed(2));
    show("interval", model.weighted ? "" : interval(total));
    if (reasons.length === 0) reasons.push(["", model.texts.nothing]);
    reasons.forEach(function (reason) {
      var line = document.createElement("li");
      // A name that is written from right to left keeps its order to itself.
      var name = document.createElement("bdi");
      name.textContent = reason[0];
      line.append(name, reason[1]);
      why.appendChild(line);
    });
  }
  form.addEventListener("input", update);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(update, 0); });
  update();
})();
