// Fetches a visit onto the device: files first, the visit itself last, so that a half download never looks whole.
import { newLock, unlock } from "./crypto.js";
import * as net from "./net.js";
import * as store from "./store.js";

/** Everything of the visit into an open vault. progress(filesDone, filesAll, bytesDone, bytesAll). */
export async function fetchInto(vault, progress) {
  const bundle = await net.bundle(vault.survey);
  const files = Object.entries(bundle.evidence).filter(([, one]) => one.kind === "file");
  const all = files.reduce((sum, [, one]) => sum + one.size, 0);
  let done = 0;
  progress(0, files.length, done, all);
  for (const [place, [id, one]] of files.entries()) {
    await vault.putBytes("file", id, await net.file(vault.survey, id));
    done += one.size;
    progress(place + 1, files.length, done, all);
  }
  await vault.put("bundle", "visit", bundle);
  await vault.remove("standing", "now");
  await vault.saveRow({ ready: true, cleared: false, language: bundle.language, downloaded_at: new Date().toISOString() });
}

/** A new copy under a new code. Gives the open vault. */
export async function download(survey, code, progress) {
  const { token } = await net.session();
  const registered = await net.register(survey, crypto.randomUUID(), token);
  const lock = await newLock(code);
  const row = {
    survey, lock, device: registered.device, user: registered.user, expires_at: registered.expires_at, ready: false, cleared: false,
    tries: 0, wait_until: 0, saved_at: "", sent_at: ""
  };
  const vault = new store.Vault(row, await unlock(lock, code));
  try {
    await vault.saveRow({});
    await fetchInto(vault, progress);
  } catch (error) {
    await store.wipe(survey);
    throw error;
  }
  await navigator.storage?.persist?.();
  await navigator.serviceWorker.ready;
  return vault;
}
