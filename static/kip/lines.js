/* Line numbers beside a text area of definitions, and the caret on the line that was refused once the area is entered. The page works without. */
(function () {
  "use strict";
  document.querySelectorAll("textarea[data-lines]").forEach(function (area) {
    var frame = document.createElement("div");
    var gutter = document.createElement("pre");
    var wrong = Number(area.dataset.line || 0);
    frame.className = "kip-lined";
    gutter.className = "kip-lined__numbers kip-code";
    gutter.setAttribute("aria-hidden", "true");
    area.parentNode.insertBefore(frame, area);
    frame.append(gutter, area);
    function number() {
      var count = area.value.split("\n").length;
      if (gutter.childElementCount === count) {
        return;
      }
      gutter.replaceChildren();
      for (var line = 1; line <= count; line += 1) {
        var mark = document.createElement("span");
        mark.textContent = line;
        mark.classList.toggle("is-wrong", line === wrong);
        gutter.append(mark);
      }
    }
    function follow() {
      gutter.scrollTop = area.scrollTop;
    }
    area.addEventListener("input", number);
    area.addEventListener("scroll", follow);
    number();
    if (wrong) {
      var lines = area.value.split("\n");
      var start = lines.slice(0, wrong - 1).join("\n").length + (wrong > 1 ? 1 : 0);
      area.scrollTop = Math.max(0, (area.scrollHeight / lines.length) * (wrong - 4));
      follow();
      // The summary of errors is read first; its link, or a press of Tab, leads to the very line.
      area.addEventListener("focus", function () {
        area.setSelectionRange(start, start + (lines[wrong - 1] || "").length);
      }, { once: true });
    }
  });
})();
