// What is kept on the device. In clear: numbers, times and counts. Everything that anybody wrote or shared is sealed.
import { openDB } from "../../vendor/idb/idb.js";
import { asBytes, asValue, seal, unseal } from "./crypto.js";

const KEEP_UNSENT = 7 * 24 * 3600 * 1000;
// Written through to the disk before the page says "saved": an empty battery must not take it.
const SURE = { durability: "strict" };
let opened = null;

function database() {
  opened ??= openDB("kip-visit", 1, {
    upgrade(made) {
      made.createObjectStore("visits", { keyPath: "survey" });
      made.createObjectStore("records", { keyPath: ["survey", "kind", "id"] });
      made.createObjectStore("entries", { keyPath: "seq", autoIncrement: true }).createIndex("survey", "survey");
      made.createObjectStore("notices", { keyPath: "device" });
    },
    terminated() { opened = null; }
  });
  return opened;
}

const of = (survey, ...kind) => IDBKeyRange.bound([survey, ...kind], [survey, ...kind, []]);

export async function visits() { return (await database()).getAll("visits"); }
export async function visit(survey) { return (await database()).get("visits", survey); }
export async function saveVisit(row) { await (await database()).put("visits", row); }

/** How much is on the device and nowhere else; needs no code. */
export async function unsent(survey) {
  const data = await database();
  const entries = await data.countFromIndex("entries", "survey", survey);
  return entries + await data.count("records", of(survey, "draft"));
}

/** Delete everything of the visit; a notice stays until the server has been told. */
export async function wipe(survey) {
  const data = await database();
  const work = data.transaction(["visits", "records", "entries", "notices"], "readwrite", SURE);
  const row = await work.objectStore("visits").get(survey);
  await work.objectStore("records").delete(of(survey));
  for (const seq of await work.objectStore("entries").index("survey").getAllKeys(survey)) { await work.objectStore("entries").delete(seq); }
  await work.objectStore("visits").delete(survey);
  if (row) { await work.objectStore("notices").put({ device: row.device, wiped_at: new Date().toISOString() }); }
  await work.done;
}

/** Delete what was read from the server and keep what was written here and not sent. */
export async function clear(survey) {
  const data = await database();
  const work = data.transaction(["visits", "records"], "readwrite", SURE);
  const row = await work.objectStore("visits").get(survey);
  for (const kind of ["bundle", "file", "standing"]) { await work.objectStore("records").delete(of(survey, kind)); }
  await work.objectStore("visits").put({ ...row, cleared: true });
  await work.done;
}

/** What has run out goes, with or without network and without any code. Gives the surveys that were touched. */
export async function expire(now = Date.now()) {
  const touched = [];
  for (const row of await visits()) {
    const out = Date.parse(row.expires_at);
    if (now < out) { continue; }
    if (now > out + KEEP_UNSENT || !(await unsent(row.survey))) {
      await wipe(row.survey);
      touched.push(row.survey);
    } else if (!row.cleared) {
      await clear(row.survey);
      touched.push(row.survey);
    }
  }
  return touched;
}

export async function notices() { return (await database()).getAll("notices"); }
export async function dropNotice(device) { await (await database()).delete("notices", device); }

/** An open visit: its row and its key. */
export class Vault {
  constructor(row, key) {
    this.row = row;
    this.key = key;
  }

  get survey() { return this.row.survey; }

  place(kind, id) { return [this.survey, kind, id].join("/"); }

  async sealed(kind, id, bytes) {
    return { survey: this.survey, kind, id, ...(await seal(this.key, this.place(kind, id), bytes)) };
  }

  async put(kind, id, value) { await this.putBytes(kind, id, asBytes(value)); }

  async putBytes(kind, id, bytes) {
    const record = await this.sealed(kind, id, bytes);
    const work = (await database()).transaction(["records"], "readwrite", SURE);
    await Promise.all([work.store.put(record), work.done]);
  }

  async getBytes(kind, id) {
    const record = await (await database()).get("records", [this.survey, kind, id]);
    return record ? unseal(this.key, this.place(kind, id), record) : null;
  }

  async get(kind, id) {
    const bytes = await this.getBytes(kind, id);
    return bytes ? asValue(bytes) : null;
  }

  async remove(kind, id) { await (await database()).delete("records", [this.survey, kind, id]); }

  async ids(kind) { return (await (await database()).getAllKeys("records", of(this.survey, kind))).map((key) => key[2]); }

  async list(kind) {
    const found = {};
    for (const id of await this.ids(kind)) { found[id] = await this.get(kind, id); }
    return found;
  }

  /** Add an entry behind the others, or put it in the place of the one with the same `seq`; a draft it comes from goes with it. */
  async saveEntry(entry, draft = null) {
    const { seq, state, ...said } = entry;
    const record = { ...(await this.sealed("entry", entry.id, asBytes(said))), state };
    if (seq) { record.seq = seq; }
    const work = (await database()).transaction(["entries", "records"], "readwrite", SURE);
    const place = await work.objectStore("entries").put(record);
    if (draft) { await work.objectStore("records").delete([this.survey, "draft", draft]); }
    await work.done;
    return { ...entry, seq: place };
  }

  async entries() {
    const rows = await (await database()).getAllFromIndex("entries", "survey", this.survey);
    return Promise.all(rows.sort((one, other) => one.seq - other.seq).map(async (row) => ({
      ...asValue(await unseal(this.key, this.place("entry", row.id), row)), seq: row.seq, state: row.state
    })));
  }

  /** In one step: what the server said stands, and what it has taken in is no longer waiting. */
  async settle(standing, gone, kept) {
    const record = await this.sealed("standing", "now", asBytes(standing));
    const changed = await Promise.all(kept.map(async ({ seq, state, ...said }) => ({ ...(await this.sealed("entry", said.id, asBytes(said))), seq, state })));
    const work = (await database()).transaction(["entries", "records", "visits"], "readwrite", SURE);
    await work.objectStore("records").put(record);
    for (const entry of gone) { await work.objectStore("entries").delete(entry.seq); }
    for (const row of changed) { await work.objectStore("entries").put(row); }
    this.row = { ...(await work.objectStore("visits").get(this.survey)), sent_at: new Date().toISOString() };
    await work.objectStore("visits").put(this.row);
    await work.done;
  }

  async dropEntry(entry) { await (await database()).delete("entries", entry.seq); }

  async saveRow(change) {
    this.row = { ...this.row, ...change };
    await saveVisit(this.row);
  }
}
