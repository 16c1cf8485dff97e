// The visit on a device: which page is shown, what is always visible, and when the door closes.
import { supported } from "./crypto.js";
import { button, h, icon, said, show } from "./dom.js";
import { Model } from "./model.js";
import { Sender, tell } from "./queue.js";
import { downloadScreen, listScreen, unlockScreen } from "./screen_locked.js";
import { notesScreen } from "./screen_notes.js";
import { pointScreen } from "./screen_point.js";
import { sendScreen } from "./screen_send.js";
import { stateTag, talkScreen, visitScreen } from "./screens.js";
import * as store from "./store.js";
import { clock, language, t } from "./words.js";

const IDLE = 15 * 60 * 1000;
const TABS = [["", "indicators", "checklist"], ["/noter", "notes", "edit"], ["/samtale", "talk", "chat"], ["/send", "send", "sync"]];
const main = document.getElementById("main-content"), bar = document.getElementById("bar");
const others = new BroadcastChannel("kip-visit");

const app = {
  model: null, sender: null, filter: "all", message: "", broken: "", pending: null, seen: Date.now(),

  get route() { return location.hash.replace(/^#/, ""); },
  get survey() { return Number(this.route.split("/")[1]) || 0; },
  get rest() { return this.route.split("/").slice(2).join("/"); },

  go(rest) { location.hash = "#/" + this.survey + rest; },

  signIn() { return "/konto/login/?next=" + encodeURIComponent(`/besoeg/enhed/${language}/#${this.route}`); },

  /** A vault has been opened with its code. */
  async opened(vault) {
    this.message = "";
    this.model = await new Model(vault).load();
    this.sender = new Sender(this.model, () => this.arrived(), () => this.left(t("ended")));
    this.seen = Date.now();
    if (this.rest === "hent") { this.go(""); }
    this.render();
    this.sender.now();
  },

  /** Something came from the server: a page that is being worked on is left alone, unless a second version has come. */
  arrived() {
    const [what, number] = this.rest.split("/");
    const clash = what === "p" && this.model.versions(number).length > 0 && !main.querySelector(".visit-clash");
    const busy = this.pending || (main.contains(document.activeElement) && document.activeElement.matches("textarea, input, select"));
    if (clash || !busy) { this.render(false); } else { this.refresh(); }
    others.postMessage(this.survey);
  },

  async lock() {
    await this.flush();
    this.sender?.stop();
    this.model = this.sender = null;
    this.render();
  },

  left(message) {
    this.sender?.stop();
    this.model = this.sender = null;
    this.message = message;
    if (this.survey) { location.hash = "#/"; } else { this.render(); }
  },

  /** Store something, and say loudly when the device could not. */
  async stored(act) {
    try {
      await act();
      this.broken = "";
    } catch (error) {
      this.broken = t("not_saved");
      this.refresh();
      throw error;
    }
    others.postMessage(this.survey);
    this.refresh();
  },

  /** Store something that is to be sent. */
  async kept(act) {
    await this.stored(act);
    this.sender?.now();
  },

  /** What is typed is a draft within a moment, and an entry when the hand rests or leaves. */
  typing(number, quick, calm, read) {
    const { model } = this;
    let soon = 0, later = 0;
    const finish = async () => {
      clearTimeout(soon);
      clearTimeout(later);
      this.pending = null;
      await this.stored(() => model.draft(number, ...read()));
      await this.kept(() => model.commit(number));
    };
    return () => {
      clearTimeout(soon);
      clearTimeout(later);
      this.pending = finish;
      soon = setTimeout(() => this.stored(() => model.draft(number, ...read())), quick);
      later = setTimeout(finish, calm);
    };
  },

  flush() { return this.pending ? this.pending() : Promise.resolve(); },

  refresh() {
    show(bar, this.model ? openBar(this) : closedBar());
    const head = document.getElementById("point-state");
    if (head && this.model) { show(head, stateTag(this.model.stateOf(head.dataset.number))); }
  },

  async render(fresh = true) {
    this.refresh();
    const row = this.survey ? await store.visit(this.survey) : null;
    const place = window.scrollY;
    if (!this.survey) {
      await listScreen(this, main);
    } else if (!row?.ready) {
      if (this.rest === "hent") { downloadScreen(this, main, this.survey); } else { await listScreen(this, main); }
    } else if (!this.model || this.model.vault.survey !== this.survey) {
      await unlockScreen(this, main, row);
    } else {
      screen(this);
    }
    document.title = main.querySelector("h1").textContent + " · KIP";
    window.scrollTo(0, fresh ? 0 : place);
  }
};

function screen(given) {
  const [what, number] = given.rest.split("/");
  if (!given.model.bundle) { sendScreen(given, main); return; }
  const screens = { "": visitScreen, noter: notesScreen, samtale: talkScreen, send: sendScreen };
  if (what === "p") { pointScreen(given, main, decodeURIComponent(number || "")); } else { (screens[what] || visitScreen)(given, main); }
}

function closedBar() {
  return h("div", { class: "visit-bar__line" }, h("a", { class: "visit-bar__name", href: "/besoeg/" }, t("my_visits")));
}

/** "Gemt på enheden kl. 10.42 · 3 venter på net": always there, always true. */
function stateWords(given) {
  const { model, sender } = given, counts = model.counts, row = model.vault.row;
  const parts = [];
  if (row.saved_at) { parts.push(t("saved", { time: clock(row.saved_at) })); }
  if (counts.waiting) { parts.push(sender.sending ? t("sending", { n: counts.waiting }) : t("waiting", { n: counts.waiting })); }
  if (!counts.waiting && !counts.refused && row.saved_at && sender.contact && !sender.fault) { parts.push(t("all_sent")); }
  if (!row.saved_at) { parts.push(t("nothing_yet")); }
  for (const name of ["drafts", "conflicts", "refused"]) { if (counts[name]) { parts.push(t(name, { n: counts[name] })); } }
  if (sender.fault === "signed_out") { parts.push(t("signed_out")); }
  return parts.join(" · ");
}

function openBar(given) {
  const { model, sender } = given, counts = model.counts, bad = counts.conflicts || counts.refused || given.broken;
  const sign = sender.fault ? "save" : counts.waiting ? "sync" : "check", here = "/" + given.rest;
  return [
    h("div", { class: "visit-bar__line" },
      h("a", { class: "visit-bar__name", href: `#/${given.survey}` }, model.bundle?.facts.practice || t("device_title")),
      h("a", { class: "visit-state" + (bad ? " is-bad" : ""), href: `#/${given.survey}/send`, id: "saved-state", "data-waiting": String(counts.waiting), "data-conflicts": String(counts.conflicts), "data-drafts": String(counts.drafts), "data-fault": sender.fault }, icon(bad ? "warning" : sign), h("span", { role: "status" }, stateWords(given))),
      sender.fault === "signed_out" || sender.fault === "other_person" ? h("a", { class: "button button-secondary visit-small", href: given.signIn() }, t("sign_in")) : null,
      button(t("lock"), () => given.lock(), "secondary visit-small", "lock")),
    given.broken ? said(given.broken, "error") : null,
    h("nav", { class: "visit-tabs", "aria-label": t("device_title") }, TABS.map(([path, name, tabSign]) => {
      const current = path ? here === path : here === "/" || here.startsWith("/p/");
      return h("a", { class: "visit-tab", href: `#/${given.survey}${path}`, "aria-current": current ? "page" : null }, icon(tabSign), t(name));
    }))
  ];
}

window.addEventListener("hashchange", async () => {
  await app.flush();
  await app.render();
  main.focus({ preventScroll: true });
});
document.addEventListener("visibilitychange", () => { if (document.hidden) { app.flush(); } else { app.sender?.now(); } });
for (const name of ["pointerdown", "keydown"]) { document.addEventListener(name, () => { app.seen = Date.now(); }, true); }
others.addEventListener("message", async (event) => {
  if (app.model?.vault.survey === event.data && !app.pending) {
    await app.model.load();
    app.refresh();
  }
});

async function tick() {
  const gone = await store.expire();
  if (app.model && gone.includes(app.model.vault.survey)) { app.lock(); }
  if (gone.length) { tell(); }
  if (app.model && Date.now() - app.seen > IDLE) { app.lock(); }
}

async function start() {
  if (!supported()) { show(main, h("h1", {}, t("device_title")), said(t("unsupported"), "error"), h("p", {}, h("a", { href: "/besoeg/" }, t("my_visits")))); return; }
  navigator.serviceWorker.register("/besoeg/sw.js");
  for (const row of await store.visits()) { if (!row.ready) { await store.wipe(row.survey); } }
  await tick();
  setInterval(tick, 30000);
  tell();
  await app.render();
}

start();
