// The visit as this device sees it: what was downloaded, what the server said last, and what has been made here since.
import { today } from "./words.js";

const CPR = /(?<!\d)(\d{2})(\d{2})\d{2}[- ]?\d{4}(?!\d)/g;
const RATED_IN = ["on_site", "follow_up_received"];

/** What looks like a date of birth with four digits; the server refuses it as well. */
export function hasCpr(text) {
  return [...text.matchAll(CPR)].some(([, day, month]) => day >= 1 && day <= 31 && month >= 1 && month <= 12);
}

export class Model {
  constructor(vault) { this.vault = vault; }

  async load() {
    this.bundle = await this.vault.get("bundle", "visit");
    this.standing = await this.vault.get("standing", "now") || this.asDownloaded();
    this.drafts = await this.vault.list("draft");
    this.entries = await this.vault.entries();
    this.points = new Map();
    for (const theme of this.bundle?.themes || []) {
      for (const standard of theme.standards) {
        for (const point of standard.points) { this.points.set(point.number, { ...point, standard, theme }); }
      }
    }
    return this;
  }

  /** What stood when the visit was downloaded, in the shape of the server's answers. */
  asDownloaded() {
    const found = { state: this.bundle?.state || "", standing: {}, notes: this.bundle?.notes || [], criticals: this.bundle?.criticals || [] };
    for (const theme of this.bundle?.themes || []) {
      for (const point of theme.standards.flatMap((standard) => standard.points)) {
        if (point.current || point.waiting.length) { found.standing[point.number] = { current: point.current, waiting: point.waiting }; }
      }
    }
    return found;
  }

  get state() { return this.standing.state; }

  get mayRate() {
    return RATED_IN.includes(this.state) || (this.state === "visit_confirmed" && this.bundle.facts.date <= today());
  }

  words(code) { return this.bundle?.scale.find((step) => step.code === code)?.words || code; }

  needsReason(code) { return !!code && !(this.bundle?.passes || []).includes(code); }

  scaleOf(point) { return this.bundle.scale.filter((step) => step.code !== this.bundle.outside || point.may_be_not_relevant); }

  order() { return [...this.points.values()].filter((point) => this.stateOf(point.number) !== "outside"); }

  /** The newest rating made here of the indicator that has not been sent. */
  pending(number) {
    return this.entries.findLast((entry) => entry.kind === "rating" && entry.indicator === number && entry.state === "waiting");
  }

  server(number) { return this.standing.standing[number] || { current: null, waiting: [] }; }

  /** Versions of which one must be chosen, the one that stands first; empty without a conflict or once one has been chosen here. */
  versions(number) {
    const { current, waiting } = this.server(number);
    const settled = new Set(this.entries.filter((entry) => entry.indicator === number && entry.state === "waiting").flatMap((entry) => entry.said.resolves || []));
    const left = waiting.filter((version) => !settled.has(version.id));
    return left.length ? [current, ...left] : [];
  }

  /** What the page shows as chosen: the draft, else what waits here, else what stands on the server. */
  shown(number) {
    const { current } = this.server(number);
    return this.drafts[number] || this.pending(number)?.said || current || { rating: "", reason: "" };
  }

  stateOf(number) {
    const point = this.points.get(number);
    if (this.versions(number).length) { return "conflict"; }
    const chosen = this.shown(number);
    if (!chosen.rating) { return point.relevant ? "open" : "outside"; }
    if (this.needsReason(chosen.rating) && !chosen.reason.trim()) { return "reason"; }
    return this.drafts[number] || this.pending(number) ? "waiting" : "rated";
  }

  get counts() {
    return {
      waiting: this.entries.filter((entry) => entry.state === "waiting").length,
      refused: this.entries.filter((entry) => entry.state === "refused").length,
      drafts: Object.keys(this.drafts).length,
      conflicts: [...this.points.keys()].filter((number) => this.versions(number).length).length
    };
  }

  get done() { return this.order().filter((point) => ["rated", "waiting"].includes(this.stateOf(point.number))).length; }

  /** What is being typed, kept at once. */
  async draft(number, rating, reason) {
    this.drafts[number] = { rating, reason };
    await this.vault.put("draft", number, this.drafts[number]);
    await this.saved();
  }

  async saved() { await this.vault.saveRow({ saved_at: new Date().toISOString() }); }

  /** Turn the draft into an entry to be sent, when it is whole and says something new. Gives true when it did. */
  async commit(number) {
    const draft = this.drafts[number];
    if (!draft || !draft.rating || hasCpr(draft.reason) || (this.needsReason(draft.rating) && !draft.reason.trim())) { return false; }
    const before = this.pending(number), { current } = this.server(number), last = before?.said || current;
    if (last && last.rating === draft.rating && last.reason === draft.reason.trim()) {
      delete this.drafts[number];
      await this.vault.remove("draft", number);
      return false;
    }
    // An entry that may have reached the server is never rewritten: what comes after it stands on top of it.
    const same = before && !before.tried ? before : null;
    const said = { rating: draft.rating, reason: draft.reason.trim(), base: same ? same.said.base : before?.id || current?.id || null, resolves: same?.said.resolves || [] };
    delete this.drafts[number];
    await this.add({ ...(same || { id: crypto.randomUUID(), kind: "rating", indicator: number }), said }, number);
    return true;
  }

  /** Let one version stand; the others stay in the history, and what was being typed stays a draft. */
  async choose(number, version) {
    const { current, waiting } = this.server(number), base = this.pending(number)?.id || current.id;
    const said = { rating: version.rating, reason: version.reason, base, resolves: waiting.map((one) => one.id) };
    await this.add({ id: crypto.randomUUID(), kind: "rating", indicator: number, said });
  }

  async note(indicator, said) { await this.add({ id: crypto.randomUUID(), kind: "note", indicator, said }); }

  async critical(indicator, text) { await this.add({ id: crypto.randomUUID(), kind: "critical", indicator, said: { text } }); }

  async photo(indicator, text, bytes) {
    const id = crypto.randomUUID();
    await this.vault.putBytes("photo", id, bytes);
    await this.add({ id, kind: "photo", indicator, said: { text } });
  }

  /** A note that has not been sent simply goes; one that has is replaced by its removal. */
  async removeNote(note) {
    const waiting = this.entries.find((entry) => entry.id === note.id);
    if (waiting && !waiting.tried) {
      await this.drop(waiting);
    } else {
      await this.note(note.indicator, { text: "", kind: "note", replaces: note.id, removed: true });
    }
  }

  async drop(entry) {
    await this.vault.dropEntry(entry);
    if (entry.kind === "photo") { await this.vault.remove("photo", entry.id); }
    this.entries = this.entries.filter((one) => one.seq !== entry.seq);
  }

  async again(entry) { await this.replace({ ...entry, state: "waiting", fault: "" }); }

  async add(entry, draft = null) {
    const kept = await this.vault.saveEntry({ tried: false, fault: "", made_at: new Date().toISOString(), ...entry, state: "waiting" }, draft);
    this.entries = [...this.entries.filter((one) => one.seq !== kept.seq), kept].sort((one, other) => one.seq - other.seq);
    await this.saved();
  }

  async replace(entry) {
    await this.vault.saveEntry(entry);
    this.entries = this.entries.map((one) => (one.seq === entry.seq ? entry : one));
  }

  /** Notes as they stand with those made here, oldest first. waiting: not sent yet. */
  notes(number = null) {
    const own = this.entries.filter((entry) => entry.kind === "note" || entry.kind === "photo");
    const replaced = new Set(own.map((entry) => entry.said.replaces).filter(Boolean));
    const made = own.filter((entry) => !entry.said.removed).map((entry) => ({
      kind: "photo", severity: "", tags: [], by: "", ...entry.said, ...(entry.kind === "photo" ? { kind: "photo" } : {}),
      id: entry.id, indicator: entry.indicator, made_at: entry.made_at, waiting: true
    }));
    const known = new Set(made.map((note) => note.id));
    const all = [...this.standing.notes.filter((note) => !known.has(note.id)), ...made].filter((note) => !replaced.has(note.id));
    return all.filter((note) => number === null || note.indicator === number);
  }

  criticals(number = null) {
    const made = this.entries.filter((entry) => entry.kind === "critical").map((entry) => ({ ...entry.said, id: entry.id, indicator: entry.indicator, waiting: true }));
    const known = new Set(made.map((one) => one.id));
    return [...this.standing.criticals.filter((one) => !known.has(one.id)), ...made].filter((one) => number === null || one.indicator === number);
  }

  /** Take the server's answer in. */
  async apply(answer) {
    const told = new Map(answer.answers.map((one) => [one.id, one]));
    const gone = this.entries.filter((entry) => told.has(entry.id) && told.get(entry.id).outcome !== "refused");
    const kept = this.entries.filter((entry) => told.get(entry.id)?.outcome === "refused").map((entry) => ({ ...entry, state: "refused", fault: told.get(entry.id).fault }));
    const { answers: _answers, ...standing } = answer;
    await this.vault.settle(standing, gone, kept);
    this.standing = standing;
    this.entries = this.entries.filter((entry) => !gone.includes(entry)).map((entry) => kept.find((one) => one.seq === entry.seq) || entry);
  }
}
