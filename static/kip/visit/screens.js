// The visit's list of indicators, and the closing talk.
import { h, icon, show, tag } from "./dom.js";
import { t, when } from "./words.js";

const FILTERS = ["all", "open", "conflict"];
const TONES = { rated: ["accent", "check"], waiting: ["accent", "save"], reason: ["concern", "warning"], conflict: ["concern", "sync"], open: ["neutral", ""], outside: ["muted", ""] };

export const stateTag = (state) => tag(t("state_" + state), ...TONES[state]);

function wanted(filter, state) {
  if (filter === "open") { return state === "open" || state === "reason"; }
  return filter === "all" || state === filter;
}

export function visitScreen(app, holder) {
  const { model } = app, order = model.order(), done = model.done;
  show(holder,
    h("h1", {}, model.bundle.facts.practice),
    facts(model.bundle.facts),
    h("div", { class: "visit-progress" },
      h("p", { class: "kip-lead" }, t("progress", { done, all: order.length })),
      h("progress", { class: "kip-progress__bar", max: order.length || 1, value: done, "aria-label": t("progress", { done, all: order.length }) })),
    filters(app),
    themes(app));
}

function facts(given) {
  const rows = [
    [t("when"), [given.day, given.time].filter(Boolean).join(" ")], [t("where"), given.address],
    [t("contact"), [given.contact, given.phone ? h("a", { href: "tel:" + given.phone.replace(/\s/g, "") }, given.phone) : ""].filter(Boolean)],
    [t("team"), given.team.map((one) => one.name + ", " + one.role).join("; ")],
    [t("call"), given.calls.map((one) => one.day + ": " + one.with + (one.note ? ". " + one.note : "")).join(" ")]
  ].filter(([, value]) => value.length);
  return h("dl", { class: "kip-list visit-facts" }, rows.map(([name, value]) => h("div", { class: "kip-list__row" },
    h("dt", {}, name), h("dd", {}, Array.isArray(value) ? value.flatMap((part, at) => (at ? [", ", part] : [part])) : value))));
}

function filters(app) {
  return h("div", { class: "visit-filter", role: "group", "aria-label": t("filter") }, FILTERS.map((name) => h("button", {
    type: "button", class: "visit-chip", "aria-pressed": String(app.filter === name), onclick: () => { app.filter = name; app.render(); }
  }, t("filter_" + name))));
}

function themes(app) {
  const parts = app.model.bundle.themes.map((theme) => {
    const standards = theme.standards.map((standard) => standardPart(app, standard)).filter(Boolean);
    return standards.length ? h("section", { class: "visit-theme" }, h("h2", {}, theme.title), standards) : null;
  }).filter(Boolean);
  return parts.length ? parts : h("p", {}, t("none_left"));
}

function standardPart(app, standard) {
  const rows = standard.points.filter((point) => wanted(app.filter, app.model.stateOf(point.number)));
  if (!rows.length) { return null; }
  return h("section", { class: "visit-standard" }, h("h3", {}, standard.number + " " + standard.title),
    h("ul", { class: "visit-plain" }, rows.map((point) => pointRow(app, point))));
}

function pointRow(app, point) {
  const { model } = app, state = model.stateOf(point.number), chosen = model.shown(point.number), { current } = model.server(point.number);
  const last = chosen === current && current ? t("last_by", { name: current.by, time: when(current.made_at) }) : "";
  return h("li", { class: "visit-row" }, h("a", { class: "visit-row__link", href: `#/${app.survey}/p/${point.number}` },
    h("span", { class: "visit-row__number" }, point.number),
    h("span", { class: "visit-row__text" }, point.summary,
      h("span", { class: "kip-small" }, [point.critical ? t("critical") : "", chosen.rating ? model.words(chosen.rating) : "", last].filter(Boolean).join(" · "))),
    stateTag(state)));
}

/** Large and without inner notes: fit to be turned towards the practice. */
export function talkScreen(app, holder) {
  const { model } = app, notes = model.notes();
  const strengths = notes.filter((note) => note.kind === "strength"), wishes = notes.filter((note) => note.kind === "improvement");
  const open = model.order().filter((point) => {
    const { rating } = model.shown(point.number);
    return rating && rating !== model.bundle.outside && !model.bundle.passes.includes(rating);
  });
  show(holder, h("div", { class: "visit-talk" }, h("h1", {}, t("talk_title")), h("p", { class: "kip-small" }, model.bundle.facts.practice),
    h("h2", {}, icon("star"), t("talk_strengths")),
    strengths.length ? h("ul", {}, strengths.map((note) => h("li", {}, note.text))) : h("p", {}, t("talk_no_strengths")),
    h("h2", {}, icon("flag"), t("talk_points")),
    open.length || wishes.length ? h("ul", {},
      open.map((point) => h("li", {}, h("strong", {}, point.summary), h("br"), model.words(model.shown(point.number).rating), ". ", model.shown(point.number).reason)),
      wishes.map((note) => h("li", {}, note.text))) : h("p", {}, t("talk_none"))));
}
