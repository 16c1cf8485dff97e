// Quick notes, quotes, strengths and photos, at an indicator or for the whole visit; and the finding that cannot wait.
import { button, field, h, icon, newId, said, show, tag } from "./dom.js";
import { hasCpr } from "./model.js";
import { address, shrink } from "./photo.js";
import { t, when } from "./words.js";

const KINDS = ["note", "quote", "strength", "improvement"];

export function notesScreen(app, holder) {
  const { model } = app, list = h("div", {});
  const redraw = () => { show(list, byStandard(app, redraw)); app.refresh(); };
  redraw();
  show(holder, h("h1", {}, t("notes")), h("section", { class: "kip-card" }, noteForm(app, null, redraw)),
    model.criticals().map((one) => said(t("critical_said", { text: one.text }))), criticalPart(app, "", redraw), list);
}

function byStandard(app, redraw) {
  const notes = app.model.notes();
  if (!notes.length) { return h("p", {}, t("no_notes")); }
  const groups = new Map();
  for (const note of notes) {
    const point = app.model.points.get(note.indicator);
    const name = point ? point.standard.number + " " + point.standard.title : t("whole_visit");
    groups.set(name, [...(groups.get(name) || []), note]);
  }
  return [...groups].sort(([one], [other]) => one.localeCompare(other)).map(([name, listed]) => h("section", { class: "visit-standard" }, h("h2", {}, name), noteList(app, listed, redraw, true)));
}

export function noteList(app, notes, redraw, numbered = false) {
  if (!notes.length) { return h("p", { class: "kip-small" }, t("no_notes")); }
  const { kinds, severities } = app.model.bundle.words;
  return h("ul", { class: "visit-plain visit-notes" }, notes.map((note) => h("li", {},
    h("p", { class: "visit-tags" }, tag(kinds[note.kind], "accent"), note.severity ? tag(severities[note.severity]) : null, note.tags.map((one) => tag(one, "muted")),
      note.waiting ? tag(t("state_waiting"), "neutral", "save") : null),
    note.kind === "photo" ? picture(app, note) : null,
    note.text ? h("p", { class: "visit-words" }, note.text) : null,
    h("p", { class: "kip-small" }, numbered && note.indicator ? h("a", { href: `#/${app.survey}/p/${note.indicator}` }, note.indicator) : null,
      numbered && note.indicator ? " · " : "", note.by ? note.by + ", " : "", when(note.made_at), " ",
      h("button", { type: "button", class: "kip-link-button visit-remove", onclick: async () => { await app.model.removeNote(note); app.sender.now(); redraw(); } },
        t("remove"), h("span", { class: "sr-only" }, " " + note.text))))));
}

/** The picture of this device, or of the server when there is a network. */
function picture(app, note) {
  const shown = h("img", { class: "visit-picture", alt: t("photo_alt", { text: note.text || note.indicator }), loading: "lazy" });
  app.model.vault.getBytes("photo", note.id).then(async (bytes) => {
    shown.src = bytes ? await address(bytes, "image/jpeg") : `/besoeg/${app.survey}/noter/${note.id}/foto/`;
  });
  return shown;
}

const options = (pairs) => pairs.map(([value, words]) => h("option", { value }, words));

/** number: the indicator, or null where the form asks which one. */
export function noteForm(app, number, redraw) {
  const { kinds, severities } = app.model.bundle.words;
  const text = h("textarea", { class: "form-input", rows: 3, maxlength: 5000 }), kind = h("select", { class: "form-select" }, options(KINDS.map((code) => [code, kinds[code]])));
  const serious = h("select", { class: "form-select" }, options([["", t("not_stated")], ...Object.entries(severities)]));
  const tags = h("input", { class: "form-input", maxlength: 200 });
  const place = number === null ? h("select", { class: "form-select" }, options([["", t("whole_visit")], ...app.model.order().map((point) => [point.number, point.number + " " + point.summary.slice(0, 60)])])) : null;
  const at = () => (place ? place.value : number), answer = h("div", {});
  const save = async () => {
    if (!text.value.trim()) { show(answer, said(t("note_empty"), "error")); text.focus(); return; }
    if (hasCpr(text.value + " " + tags.value)) { show(answer, said(t("cpr"), "error")); text.focus(); return; }
    const listed = [...new Set(tags.value.split(",").map((one) => one.trim().slice(0, 40)).filter(Boolean))].slice(0, 10);
    await app.kept(() => app.model.note(at(), { text: text.value.trim(), kind: kind.value, severity: serious.value, tags: listed }));
    text.value = tags.value = "";
    show(answer);
    redraw();
  };
  return h("div", { class: "visit-noteform" }, field(t("note"), text),
    h("div", { class: "visit-line" }, field(t("kind"), kind), place ? field(t("belongs_to"), place) : null),
    h("details", { class: "details" }, h("summary", { class: "details-summary" }, t("severity") + ", " + t("tags").toLowerCase()),
      h("div", { class: "details-text visit-line" }, field(t("severity"), serious), field(t("tags"), tags, t("tags_help")))),
    answer, h("div", { class: "kip-buttons" }, button(t("add_note"), save, "secondary", "save"), photoButton(app, at, text, answer, redraw)),
    h("p", { class: "kip-small" }, t("photo_help")));
}

/** The camera of the tablet; the picture is made small before it is stored. What stands in the note's field goes with it. */
function photoButton(app, at, text, answer, redraw) {
  const input = h("input", { type: "file", accept: "image/*", capture: "environment", class: "sr-only visit-camera", id: newId() });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) { return; }
    let bytes;
    try {
      bytes = await shrink(file);
    } catch {
      show(answer, said(t("photo_bad"), "error"));
      return;
    }
    if (hasCpr(text.value)) { show(answer, said(t("cpr"), "error")); return; }
    await app.kept(() => app.model.photo(at(), text.value.trim().slice(0, 500), bytes));
    text.value = "";
    show(answer);
    redraw();
  });
  return [input, h("label", { for: input.id, class: "button button-secondary" }, icon("upload"), t("add_photo"))];
}

export function criticalPart(app, number, redraw) {
  const text = h("textarea", { class: "form-input", rows: 3, maxlength: 5000 }), answer = h("div", {}), told = h("div", {});
  const draw = () => show(told, app.model.criticals(number).map((one) => h("div", {}, said(t("critical_said", { text: one.text })), one.waiting ? tag(t("state_waiting"), "neutral", "save") : null)));
  const report = async () => {
    if (!text.value.trim()) { show(answer, said(t("note_empty"), "error")); text.focus(); return; }
    if (hasCpr(text.value)) { show(answer, said(t("cpr"), "error")); text.focus(); return; }
    await app.kept(() => app.model.critical(number, text.value.trim()));
    text.value = "";
    show(answer);
    draw();
    redraw();
  };
  draw();
  return h("section", { class: "kip-card visit-critical" }, h("details", { class: "details" }, h("summary", { class: "details-summary" }, icon("warning"), t("critical_title")),
    h("div", { class: "details-text" }, h("p", {}, t("critical_help")), field(t("critical_title"), text), answer, h("div", { class: "kip-buttons" }, button(t("critical_add"), report, "warning")))), told);
}
