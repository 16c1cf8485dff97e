// One indicator: what the practice says and shows beside what the surveyor sees, and the rating.
import { h, icon, newId, said, show, tag } from "./dom.js";
import { hasCpr } from "./model.js";
import { criticalPart, noteForm, noteList } from "./screen_notes.js";
import { stateTag } from "./screens.js";
import { address } from "./photo.js";
import { t, when } from "./words.js";

const CALM = 2500;
const QUICK = 250;

export function pointScreen(app, holder, number) {
  const { model } = app, point = model.points.get(number);
  if (!point) { app.go(""); return; }
  show(holder,
    h("div", { class: "visit-head" }, h("p", { class: "kip-small" }, point.standard.number + " " + point.standard.title),
      h("h1", { class: "visit-summary" }, h("span", { class: "visit-row__number" }, point.number), point.summary),
      h("p", {}, h("span", { id: "point-state", role: "status", "data-number": number }, stateTag(model.stateOf(number))), point.critical ? [" ", tag(t("critical"), "concern", "warning")] : null)),
    h("div", { class: "visit-sides" }, theirs(app, point), ours(app, point)),
    around(app, number));
}

/** What the practice says and shows. */
function theirs(app, point) {
  const shared = point.evidence.map((id) => [id, app.model.bundle.evidence[id]]);
  return h("section", { class: "kip-card visit-theirs" }, h("h2", {}, t("own_answer")),
    point.own ? [h("p", {}, h("strong", {}, app.model.words(point.own.answer))), point.own.comment ? h("p", { class: "visit-words" }, point.own.comment) : null]
      : h("p", {}, t("no_answer")),
    point.follow_up ? [h("h3", {}, t("follow_up")), h("p", { class: "visit-words" }, point.follow_up.answer)] : null,
    point.first ? [h("h3", {}, t("first_round")), h("p", {}, app.model.words(point.first.rating), point.first.reason ? ": " + point.first.reason : "")] : null,
    h("h3", {}, t("shared")),
    shared.length ? h("ul", { class: "visit-plain" }, shared.map(([id, one]) => evidence(app, id, one))) : h("p", {}, t("none_shared")),
    h("details", { class: "details" }, h("summary", { class: "details-summary" }, t("methods")), h("div", { class: "details-text" },
      h("p", {}, point.methods.join(", ")), point.written ? h("p", {}, t("written") + ": " + point.written) : null,
      h("p", {}, h("strong", {}, t("how")), h("br"), point.how),
      point.frequent.length ? [h("p", {}, h("strong", {}, t("frequent"))), h("ul", {}, point.frequent.map((one) => h("li", {}, one)))] : null)));
}

function evidence(app, id, one) {
  if (one.kind !== "file") {
    return h("li", {}, h("strong", {}, one.facts.title || one.title), h("br"), one.facts.sentence,
      h("span", { class: "kip-small" }, " ", [one.facts.source, one.facts.at ? t("as_of", { day: one.facts.at }) : ""].filter(Boolean).join(", ")));
  }
  const shown = h("div", {});
  return h("li", {}, icon("file"), " ", one.title, " ", h("button", {
    type: "button", class: "button button-secondary visit-small", onclick: () => openFile(app, id, one, shown)
  }, t("open_file"), h("span", { class: "sr-only" }, " " + one.title)), shown);
}

/** A picture is shown here; another file in a tab of its own, straight from the sealed store. */
async function openFile(app, id, one, shown) {
  const bytes = await app.model.vault.getBytes("file", id);
  if (!bytes) {
    show(shown, said(t("file_missing"), "error"));
  } else if (one.media_type.startsWith("image/")) {
    show(shown, h("img", { class: "visit-picture", src: await address(bytes, one.media_type), alt: one.title }));
  } else {
    const link = URL.createObjectURL(new Blob([bytes], { type: one.media_type }));
    show(shown, h("p", {}, h("a", { href: link, target: "_blank", ...(one.media_type === "application/pdf" ? {} : { download: one.title }) }, one.title)));
    shown.querySelector("a").click();
    setTimeout(() => URL.revokeObjectURL(link), 60000);
  }
}

/** The team's side: rating and reason, notes, photos, a critical finding. */
function ours(app, point) {
  const notes = h("div", {});
  const redraw = () => { show(notes, noteList(app, app.model.notes(point.number), redraw)); app.refresh(); };
  redraw();
  const clash = app.model.versions(point.number);
  return h("div", { class: "visit-ours" },
    h("section", { class: "kip-card" }, clash.length ? conflictPart(app, point.number, clash) : ratingPart(app, point)),
    h("section", { class: "kip-card" }, h("h2", {}, t("notes")), notes, noteForm(app, point.number, redraw)),
    criticalPart(app, point.number, redraw));
}

/** Both versions beside each other; a person chooses. */
export function conflictPart(app, number, versions) {
  return h("div", { class: "visit-clash", role: "group", "aria-label": t("state_conflict") }, h("h2", {}, icon("sync"), t("state_conflict")), h("p", {}, t("clash_help")),
    h("div", { class: "visit-versions" }, versions.map((version, place) => h("div", { class: "visit-version" },
      h("p", { class: "kip-small" }, place ? t("version_beside") : t("version_current")),
      h("p", { class: "visit-version__rating" }, app.model.words(version.rating)),
      version.reason ? h("p", { class: "visit-words" }, version.reason) : null,
      h("p", { class: "kip-small" }, t("last_by", { name: version.by, time: when(version.made_at) })),
      h("button", {
        type: "button", class: "button button-secondary",
        onclick: async () => { await app.model.choose(number, version); app.sender.now(); app.render(); }
      }, t("choose"), h("span", { class: "sr-only" }, ": " + app.model.words(version.rating) + ", " + version.by))))));
}

function ratingPart(app, point) {
  const { model } = app, chosen = model.shown(point.number), name = newId();
  if (!model.mayRate) { return [h("h2", {}, t("rating")), said(t("cannot_rate"))]; }
  const reason = h("textarea", { class: "form-input", rows: 4, id: newId(), maxlength: 5000, value: chosen.reason });
  const fault = h("div", {});
  const rating = () => scale.querySelector("input:checked")?.value || "";
  const check = () => {
    const missing = model.needsReason(rating()) && !reason.value.trim();
    show(fault, hasCpr(reason.value) ? said(t("cpr"), "error") : missing ? said(t("reason_needed")) : null);
  };
  const typed = app.typing(point.number, QUICK, CALM, () => [rating(), reason.value]);
  const scale = h("fieldset", { class: "visit-scale" }, h("legend", {}, h("h2", {}, t("rating"))), model.scaleOf(point).map((step) => {
    const id = newId();
    return h("div", { class: "visit-step" }, h("input", {
      type: "radio", id, name, value: step.code, checked: step.code === chosen.rating, onchange: () => { check(); typed(); }
    }), h("label", { for: id }, step.words));
  }));
  reason.addEventListener("input", () => { check(); typed(); });
  check();
  return [scale, h("div", { class: "form-group" }, h("label", { class: "form-label", for: reason.id }, t("reason")), reason, fault)];
}

function around(app, number) {
  const order = app.model.order().map((point) => point.number);
  const at = order.indexOf(number), before = order[at - 1], after = order[at + 1];
  const link = (to, words, sign, kind) => (to ? h("a", { class: "button button-" + kind, href: `#/${app.survey}/p/${to}` },
    sign === "arrow-back" ? icon(sign) : null, words + " ", to, sign === "arrow-back" ? null : icon(sign)) : null);
  return h("nav", { class: "visit-around", "aria-label": t("indicators") },
    link(before, t("previous"), "arrow-back", "secondary"), link(after, t("next"), "arrow-forward", "primary"));
}
