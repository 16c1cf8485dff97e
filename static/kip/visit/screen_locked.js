// Before a visit is open: which ones are on the device, the code, the download.
import { goodCode, supported, unlock } from "./crypto.js";
import { button, field, h, icon, said, show } from "./dom.js";
import { download } from "./download.js";
import * as net from "./net.js";
import { tell } from "./queue.js";
import * as store from "./store.js";
import { clock, day, size, t, when } from "./words.js";

const FREE_TRIES = 5;

const codeInput = (name) => h("input", { type: "password", class: "form-input", autocomplete: name, minlength: 8, maxlength: 100, required: true });
const toList = () => h("p", {}, h("a", { href: "/besoeg/" }, t("my_visits")));

/** Every visit on the device. */
export async function listScreen(app, holder) {
  const rows = (await store.visits()).filter((row) => row.ready);
  const items = await Promise.all(rows.map(async (row) => {
    const n = await store.unsent(row.survey);
    return h("li", { class: "kip-card visit-kept" },
      h("h2", {}, h("a", { href: "#/" + row.survey }, t("visit_of", { day: when(row.downloaded_at) }))),
      h("p", { class: "kip-small" }, t("kept_until", { day: day(row.expires_at) }), n ? " " + t("unsent_here", { n }) + "." : ""));
  }));
  show(holder, h("h1", {}, t("device_title")), app.message ? said(app.message) : null,
    items.length ? h("ul", { class: "visit-plain" }, items) : [h("p", { class: "kip-lead" }, t("no_visits")), h("p", {}, t("no_visits_help"))],
    toList());
}

/** The code of one visit. */
export async function unlockScreen(app, holder, row) {
  const code = codeInput("current-password"), answer = h("div", {}), n = await store.unsent(row.survey);
  const form = h("form", { class: "visit-form kip-card", novalidate: true },
    row.cleared ? said(t("expired")) : null,
    h("p", { class: "kip-small" }, t("kept_until", { day: day(row.expires_at) }), n ? " " + t("unsent_here", { n }) + "." : ""),
    field(t("code"), code), answer,
    h("div", { class: "kip-buttons" }, h("button", { type: "submit", class: "button button-primary" }, icon("lock"), t("unlock"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(answer, said(t("opening")));
    const wait = await tried(row, code.value);
    if (wait.key) { await app.opened(new store.Vault(wait.row, wait.key)); return; }
    show(answer, said(wait.seconds ? t("code_wait", { n: wait.seconds }) : t("code_wrong"), "error"));
    code.select();
  });
  show(holder, h("h1", {}, t("visit_of", { day: when(row.downloaded_at) })), form, forgotten(app, row, n), toList());
  code.focus();
}

/** Wrong codes cost time: after five, each one twice as long as the one before. */
async function tried(given, code) {
  const row = await store.visit(given.survey);
  const left = Math.ceil((row.wait_until - Date.now()) / 1000);
  if (left > 0) { return { seconds: left }; }
  const key = await unlock(row.lock, code);
  const tries = key ? 0 : row.tries + 1;
  const pause = tries > FREE_TRIES ? Math.min(2 ** (tries - FREE_TRIES), 900) : 0;
  const changed = { ...row, tries, wait_until: pause ? Date.now() + pause * 1000 : 0 };
  await store.saveVisit(changed);
  return { key, row: changed, seconds: pause };
}

function forgotten(app, row, n) {
  return h("details", { class: "details" }, h("summary", { class: "details-summary" }, t("forgot")),
    h("div", { class: "details-text" }, h("p", {}, t("forgot_help")), deleting(app, row.survey, () => n)));
}

/** Deleting asks once, and says what would be lost. */
export function deleting(app, survey, count) {
  const holder = h("div", {});
  const ask = () => {
    const n = count();
    show(holder, h("p", { role: "alert" }, n ? t("delete_sure", { n }) : t("delete_sure_none")),
      h("div", { class: "kip-buttons" },
        button(t("delete"), async () => {
          await store.wipe(survey);
          await tell();
          app.left(t("deleted", { time: clock(Date.now()) }));
        }, "warning", "delete"),
        button(t("cancel"), () => show(holder, first), "secondary")));
    holder.querySelector("button").focus();
  };
  const first = button(t("delete"), ask, "secondary", "delete");
  show(holder, first);
  return holder;
}

/** Choosing a code and fetching the visit. */
export function downloadScreen(app, holder, survey) {
  const code = codeInput("new-password"), again = codeInput("new-password"), answer = h("div", {}), fields = h("div", {});
  const draw = (fault = {}) => show(fields, field(t("code"), code, t("code_help"), fault.code), field(t("code_again"), again, "", fault.again));
  draw();
  const submit = h("button", { type: "submit", class: "button button-primary" }, icon("download"), t("download"));
  const form = h("form", { class: "visit-form kip-card", novalidate: true }, fields, answer, h("div", { class: "kip-buttons" }, submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = { code: goodCode(code.value) ? "" : t("code_short"), again: code.value === again.value ? "" : t("code_differs") };
    draw(fault);
    if (fault.code || fault.again) { (fault.code ? code : again).focus(); return; }
    submit.disabled = true;
    await fetching(app, survey, code.value, answer);
    submit.disabled = false;
  });
  show(holder, h("h1", {}, t("download_title")), h("p", { class: "kip-lead" }, t("download_why")),
    supported() ? form : said(t("unsupported"), "error"), toList());
}

async function fetching(app, survey, code, answer) {
  const bar = h("progress", { class: "kip-progress__bar", max: 1, value: 0, "aria-label": t("download") }), words = h("p", { role: "status" }, t("opening"));
  show(answer, words, bar);
  const progress = (done, all, bytes, every) => {
    bar.max = every || 1;
    bar.value = every ? bytes : done;
    words.textContent = t("downloading", { done, all, size: size(bytes) + " / " + size(every) });
  };
  try {
    await app.opened(await download(survey, code, progress));
  } catch (error) {
    if (error instanceof net.SignedOut) {
      show(answer, said(t("sign_in"), "error"), h("p", {}, h("a", { href: app.signIn() }, t("sign_in"))));
    } else {
      show(answer, said(error instanceof net.Gone ? t("download_closed") : t("download_failed"), "error"));
      if (!(error instanceof net.Gone || error instanceof net.Offline || error instanceof net.Failed)) { throw error; }
    }
  }
}
