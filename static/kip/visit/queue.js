// Sends what waits, in the order it was made, one sender at a time over all tabs. Sending twice stores once.
import * as net from "./net.js";
import * as store from "./store.js";

const MOST = 100;
const PAUSES = [3000, 6000, 15000, 30000, 60000];
const CALM = 20000;

export class Sender {
  /** changed(): something of what is shown is different; ended(): the copy has been given up. */
  constructor(model, changed, ended) {
    Object.assign(this, { model, changed, ended, fault: "", contact: null, sending: 0, failures: 0, timer: 0, stopped: false, running: null });
    this.wake = () => { this.now(); };
    window.addEventListener("online", this.wake);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
  }

  /** Send at once; a sending under way is followed by one more. */
  now() {
    clearTimeout(this.timer);
    this.again = true;
    this.running ??= this.run().finally(() => { this.running = null; });
    return this.running;
  }

  async run() {
    while (this.again && !this.stopped) {
      this.again = false;
      const before = this.fault;
      try {
        await navigator.locks.request("kip-visit-" + this.model.vault.survey, () => this.round());
        this.fault = "";
        this.failures = 0;
        this.contact = new Date().toISOString();
      } catch (error) {
        this.fault = this.named(error);
        this.failures += 1;
      }
      this.sending = 0;
      if (this.stopped) { return; }
      if (before !== this.fault || !this.fault) { this.changed(); }
      await this.afterwards();
    }
    this.later();
  }

  named(error) {
    if (error instanceof net.SignedOut) { return "signed_out"; }
    if (error instanceof net.OtherPerson) { return "other_person"; }
    if (error instanceof net.Gone) { return "gone"; }
    if (error instanceof net.Offline || error instanceof net.Failed) { return "offline"; }
    throw error;
  }

  later() {
    if (this.stopped) { return; }
    const pause = this.fault ? PAUSES[Math.min(this.failures, PAUSES.length) - 1] : CALM;
    this.timer = setTimeout(() => this.now(), pause);
  }

  async round() {
    const { model } = this, { vault } = model;
    const { token, user } = await net.session();
    if (user !== vault.row.user) { throw new net.OtherPerson(); }
    const waiting = model.entries.filter((entry) => entry.state === "waiting");
    const items = waiting.filter((entry) => entry.kind !== "photo").slice(0, MOST);
    this.sending = waiting.length;
    if (waiting.length) { this.changed(); }
    for (const entry of items.filter((one) => !one.tried)) { await model.replace({ ...entry, tried: true }); }
    await model.apply(await net.send(vault.survey, vault.row.device, items.map(plain), token));
    for (const entry of waiting.filter((one) => one.kind === "photo")) { await this.photo(entry, token); }
    this.again ||= model.entries.filter((entry) => entry.state === "waiting" && entry.kind !== "photo").length > 0 && items.length === MOST;
  }

  async photo(entry, token) {
    const { model } = this;
    const tried = { ...entry, tried: true };
    await model.replace(tried);
    const bytes = await model.vault.getBytes("photo", entry.id);
    const answer = await net.sendPhoto(model.vault.survey, entry, bytes, token);
    if (answer.outcome === "refused") {
      await model.replace({ ...tried, state: "refused", fault: answer.fault });
      return;
    }
    const { said, indicator, made_at: made } = entry;
    model.standing.notes.push({ id: entry.id, kind: "photo", text: said.text, severity: "", tags: [], by: "", indicator, made_at: made });
    await model.vault.settle(model.standing, [tried], []);
    model.entries = model.entries.filter((one) => one.seq !== entry.seq);
  }

  /** When the visit's part on the device is over, or it is no longer ours, what was read here goes; unsent work never does. */
  async afterwards() {
    const { model } = this;
    const over = this.fault === "gone" || (!this.fault && (model.standing.carried === false || model.vault.row.cleared));
    if (!over) { return; }
    if (await store.unsent(model.vault.survey)) {
      if (this.fault === "gone" && !model.vault.row.cleared) {
        await store.clear(model.vault.survey);
        model.vault.row = { ...model.vault.row, cleared: true };
        await model.load();
        this.changed();
      }
      return;
    }
    this.stop();
    await store.wipe(model.vault.survey);
    await tell();
    this.ended();
  }
}

function plain({ id, kind, made_at: made, indicator, said }) { return { id, kind, made_at: made, indicator, said }; }

/** Tell the server of copies that have been deleted; what cannot be told now is told next time. */
export async function tell() {
  const waiting = await store.notices();
  if (!waiting.length) { return; }
  try {
    const { token } = await net.session();
    for (const notice of waiting) {
      try {
        await net.wiped(notice.device, token);
      } catch (error) {
        if (!(error instanceof net.Gone)) { throw error; }
      }
      await store.dropNotice(notice.device);
    }
  } catch (error) {
    if (!(error instanceof net.Offline || error instanceof net.SignedOut || error instanceof net.OtherPerson || error instanceof net.Failed)) { throw error; }
  }
}
