// Builds elements from text alone: nothing that anybody wrote is ever read as markup.
const base = document.body.dataset.static || "/static/";

/** h("p", {class: "x", onclick: act}, "text", element, null, [more]) */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) { continue; }
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false && child !== "") { element.append(child); }
  }
}

export function show(holder, ...children) {
  holder.replaceChildren();
  append(holder, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  drawn.setAttribute("class", "icon-svg");
  drawn.setAttribute("aria-hidden", "true");
  drawn.setAttribute("focusable", "false");
  use.setAttribute("href", base + "dkfds/img/icons.svg#" + name);
  drawn.append(use);
  return drawn;
}

let made = 0;
export const newId = () => "f" + (made += 1);

/** A labelled field. control: the input, which gets an id when it has none. */
export function field(label, control, hint = "", error = "") {
  control.id ||= newId();
  const parts = [];
  if (hint) { parts.push(h("span", { class: "form-hint", id: control.id + "h" }, hint)); }
  if (error) { parts.push(h("span", { class: "form-error-message", id: control.id + "e" }, error)); }
  if (parts.length) { control.setAttribute("aria-describedby", parts.map((part) => part.id).join(" ")); }
  if (error) { control.setAttribute("aria-invalid", "true"); }
  return h("div", { class: "form-group" + (error ? " form-error" : "") }, h("label", { class: "form-label", for: control.id }, label), parts, control);
}

export function button(label, onclick, kind = "secondary", sign = "") {
  return h("button", { type: "button", class: "button button-" + kind, onclick }, sign ? icon(sign) : null, label);
}

/** Text in the open paragraph below an action, told to screen readers. */
export function said(text, tone = "") {
  return h("p", { class: "visit-said" + (tone ? " is-" + tone : ""), role: tone === "error" ? "alert" : "status" }, text);
}

export function tag(label, tone = "neutral", sign = "") {
  return h("span", { class: "kip-tag kip-tag--" + tone }, sign ? icon(sign) : null, label);
}
