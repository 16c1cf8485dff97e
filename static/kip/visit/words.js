// The words of the page in its language, and moments written as that language writes them.
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");
export const language = document.documentElement.lang || "da";

export function t(name, values = {}) {
  const chosen = values.n === 1 && words[name + "_one"] ? name + "_one" : name;
  if (!(chosen in words)) { throw new Error("no words for " + chosen); }
  return words[chosen].replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
}

const dot = language === "da" ? "." : ":";
const pad = (number) => String(number).padStart(2, "0");

export function clock(moment) {
  const at = new Date(moment);
  return (language === "da" ? "kl. " : "at ") + pad(at.getHours()) + dot + pad(at.getMinutes());
}

export function day(moment) {
  return new Date(moment).toLocaleDateString(language === "da" ? "da-DK" : "en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/** Today's time of day alone, else with the day before it. */
export function when(moment) {
  const at = new Date(moment);
  return at.toDateString() === new Date().toDateString() ? clock(at) : day(at) + " " + clock(at);
}

export function size(bytes) {
  const number = (bytes / 1e6).toFixed(1);
  return (language === "da" ? number.replace(".", ",") : number) + " MB";
}

/** The calendar day on this device as 2026-11-22. */
export function today() {
  const now = new Date();
  return now.getFullYear() + "-" + pad(now.getMonth() + 1) + "-" + pad(now.getDate());
}
