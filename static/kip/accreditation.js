// The answer to a point saves by itself while somebody writes. Without this file the buttons do it alone.
"use strict";
for (const form of document.querySelectorAll("form[data-keep]:not([data-wait])")) {
  const told = form.querySelector("[data-kept]");
  const version = form.elements.namedItem("version");
  const PAUSE = 2500;
  let waiting = 0;
  let sending = false;
  let stopped = false;

  const keep = async () => {
    if (sending || stopped) return;
    sending = true;
    const said = new FormData(form);
    said.delete("minutes");
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: said, credentials: "same-origin" });
      const words = await answer.json();
      if (answer.ok) version.value = words.version;
      // Somebody else has saved: only the person can put both together, with the button.
      stopped = answer.status === 409;
      told.textContent = answer.ok ? words.said : words.fault;
    } catch {
      told.textContent = told.dataset.lost;
    } finally {
      sending = false;
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "minutes") return;
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    stopped = true;
  });
}
