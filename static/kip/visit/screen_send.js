// What is sent, what waits and what clashes; and giving the copy up.
import { button, h, icon, said, show, tag } from "./dom.js";
import { fetchInto } from "./download.js";
import * as net from "./net.js";
import { deleting } from "./screen_locked.js";
import { conflictPart } from "./screen_point.js";
import { size, t, when } from "./words.js";

export function sendScreen(app, holder) {
  const { model, sender } = app, counts = model.counts;
  const clashes = [...model.points.keys()].map((number) => [number, model.versions(number)]).filter(([, versions]) => versions.length);
  const listed = (state) => model.entries.filter((entry) => entry.state === state);
  show(holder, h("h1", {}, t("send")), words(app, counts),
    h("div", { class: "kip-buttons" }, button(t("send_now"), () => sender.now(), "primary", "sync"),
      sender.fault === "signed_out" || sender.fault === "other_person" ? h("a", { class: "button button-secondary", href: app.signIn() }, icon("account"), t("sign_in")) : null),
    h("p", { class: "kip-small" }, sender.contact ? t("last_contact", { time: when(sender.contact) }) : t("no_contact")),
    clashes.map(([number, versions]) => h("section", { class: "kip-card" }, h("h2", {}, h("a", { href: `#/${app.survey}/p/${number}` }, number + " " + model.points.get(number).summary)), conflictPart(app, number, versions))),
    counts.refused ? h("section", { class: "kip-section" }, h("h2", {}, t("refused_title")), h("ul", { class: "visit-plain" }, listed("refused").map((entry) => refused(app, entry)))) : null,
    counts.waiting ? h("section", { class: "kip-section" }, h("h2", {}, t("in_queue")), h("ul", { class: "visit-plain" }, listed("waiting").map((entry) => h("li", {}, summary(model, entry))))) : null,
    h("section", { class: "kip-section visit-copies" }, renewing(app), copying(app, counts), deleting(app, app.survey, () => model.entries.length + model.counts.drafts)));
}

/** Three words: all sent, waiting, conflict. */
function words(app, counts) {
  const parts = [];
  if (app.sender.fault === "gone") { parts.push(said(t("gone"), "error")); }
  if (app.sender.fault === "other_person") { parts.push(said(t("other_person"), "error")); }
  if (app.model.vault.row.cleared) { parts.push(said(t("expired"))); }
  if (counts.conflicts) { parts.push(h("p", { class: "kip-lead" }, icon("sync"), " ", t("state_clash", { n: counts.conflicts }))); }
  if (counts.waiting) { parts.push(h("p", { class: "kip-lead" }, icon("save"), " ", t("state_wait", { n: counts.waiting }))); }
  if (!counts.waiting && !counts.refused) { parts.push(h("p", { class: "kip-lead" }, icon("check"), " ", t("state_all"))); }
  return h("div", { role: "status" }, parts);
}

function summary(model, entry) {
  const { said: content } = entry, kinds = model.bundle?.words.kinds || {};
  const name = { rating: t("rating"), critical: t("critical_title"), photo: kinds.photo, note: kinds[content.kind] }[entry.kind] || entry.kind;
  const text = [entry.kind === "rating" ? model.words(content.rating) : "", content.reason || content.text || ""].filter(Boolean).join(": ");
  return [tag(name, "accent"), " ", entry.indicator, " ", text, " ", h("span", { class: "kip-small" }, when(entry.made_at))];
}

function refused(app, entry) {
  const act = (what) => async () => { await what(); app.sender.now(); app.render(); };
  return h("li", { class: "kip-card" }, h("p", {}, summary(app.model, entry)), said(entry.fault, "error"), h("div", { class: "kip-buttons" },
    entry.kind === "rating" && app.model.points.has(entry.indicator) ? button(t("correct"), act(async () => {
      await app.model.draft(entry.indicator, entry.said.rating, entry.said.reason);
      await app.model.drop(entry);
      app.go("/p/" + entry.indicator);
    }), "secondary", "edit") : null,
    button(t("again"), act(() => app.model.again(entry)), "secondary", "sync"), button(t("drop"), act(() => app.model.drop(entry)), "secondary", "delete")));
}

function renewing(app) {
  const answer = h("div", {});
  const fetchAnew = async () => {
    show(answer, said(t("opening")));
    try {
      await fetchInto(app.model.vault, (done, all, bytes, every) => show(answer, said(t("downloading", { done, all, size: size(bytes) + " / " + size(every) }))));
      await app.model.load();
      app.render();
    } catch (error) {
      show(answer, said(error instanceof net.Gone ? t("download_closed") : t("download_failed"), "error"));
      if (!(error instanceof net.Offline || error instanceof net.SignedOut || error instanceof net.Gone || error instanceof net.Failed)) { throw error; }
    }
  };
  return h("div", {}, button(t("refresh"), fetchAnew, "secondary", "download"), h("p", { class: "kip-small" }, t("refreshed", { time: when(app.model.vault.row.downloaded_at) })), answer);
}

/** A way out when nothing else helps: what is only here, as plain text. */
function copying(app, counts) {
  if (!counts.waiting && !counts.refused) { return null; }
  const save = () => {
    const lines = app.model.entries.map((entry) => JSON.stringify({ kind: entry.kind, indicator: entry.indicator, made_at: entry.made_at, ...entry.said }));
    const link = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/plain" }));
    const anchor = h("a", { href: link, download: `kip-${app.survey}.txt` });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(link), 10000);
  };
  return h("div", {}, button(t("copy"), save, "secondary", "save"), h("p", { class: "kip-small" }, t("copy_help")));
}
