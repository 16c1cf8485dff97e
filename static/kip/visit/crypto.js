// Keys and sealed bytes. Why it is done this way: docs/adr/0009-visit-on-a-device.md
const ROUNDS = 600000;
const AES = "AES-GCM";
const text = new TextEncoder(), back = new TextDecoder();
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

export const supported = () => window.isSecureContext && "indexedDB" in window && "serviceWorker" in navigator && !!crypto.subtle;

/** The key that wraps the data's key: from the code, and from a key of this browser that no script can read out. */
async function wrapping(code, lock) {
  const typed = await crypto.subtle.importKey("raw", text.encode(code.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  const drawn = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: lock.salt, iterations: lock.rounds }, typed, 256);
  const bound = await crypto.subtle.sign("HMAC", lock.binding, drawn);
  return crypto.subtle.importKey("raw", bound, AES, false, ["wrapKey", "unwrapKey"]);
}

/** A lock to be stored beside the data, for a new code. */
export async function newLock(code) {
  const binding = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const lock = { salt: random(16), iv: random(12), rounds: ROUNDS, binding };
  const key = await crypto.subtle.generateKey({ name: AES, length: 256 }, true, ["encrypt", "decrypt"]);
  lock.wrapped = await crypto.subtle.wrapKey("raw", key, await wrapping(code, lock), { name: AES, iv: lock.iv });
  return lock;
}

/** The data's key, or null when the code does not fit. It lives in the page's memory and cannot be read out of it. */
export async function unlock(lock, code) {
  try {
    const key = await wrapping(code, lock);
    return await crypto.subtle.unwrapKey("raw", lock.wrapped, key, { name: AES, iv: lock.iv }, AES, false, ["encrypt", "decrypt"]);
  } catch (error) {
    if (error.name === "OperationError") { return null; }
    throw error;
  }
}

/** place: what the bytes are and where they belong; sealed bytes moved elsewhere do not open. */
export async function seal(key, place, bytes) {
  const iv = random(12);
  return { iv, data: await crypto.subtle.encrypt({ name: AES, iv, additionalData: text.encode(place) }, key, bytes) };
}

export function unseal(key, place, sealed) {
  return crypto.subtle.decrypt({ name: AES, iv: sealed.iv, additionalData: text.encode(place) }, key, sealed.data);
}

export const asBytes = (value) => text.encode(JSON.stringify(value));
export const asValue = (bytes) => JSON.parse(back.decode(bytes));

/** Long enough, and not one character over and over. */
export const goodCode = (code) => code.length >= 8 && new Set(code).size >= 4;
