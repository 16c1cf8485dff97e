// Talks with the server. Every way in which it can fail has a name, and none of them loses anything.
export class Offline extends Error {}
export class SignedOut extends Error {}
export class OtherPerson extends Error {}
export class Gone extends Error {}
export class Failed extends Error {}

const ROOT = "/besoeg/";

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(ROOT + path, { credentials: "same-origin", redirect: "manual", cache: "no-store", ...options });
  } catch {
    throw new Offline();
  }
  // A closed session answers with the way to the sign-in page, a page that is not one's own with "not found".
  if (answer.type === "opaqueredirect") { throw new SignedOut(); }
  if (answer.status === 404) { throw new Gone(); }
  if (!answer.ok) { throw new Failed(String(answer.status)); }
  return answer;
}

/** A fresh token and who is signed in; asked for before each sending, so that an old page never sends with an old token. */
export async function session() {
  try {
    return await (await ask("noegle.json")).json();
  } catch (error) {
    throw error instanceof Gone ? new OtherPerson() : error;
  }
}

const post = (path, token, body, headers = {}) => ask(path, { method: "POST", body, headers: { "X-CSRFToken": token, ...headers } });

export async function register(survey, device, token) { return (await post(`${survey}/enheder/${device}/`, token, "")).json(); }
export async function bundle(survey) { return (await ask(`${survey}/besoeg.json`)).json(); }
export async function file(survey, id) { return (await ask(`${survey}/dokumentation/${id}/`)).arrayBuffer(); }
export async function wiped(device, token) { return (await post(`enheder/${device}/slettet/`, token, "")).json(); }

export async function send(survey, device, items, token) {
  return (await post(`${survey}/send.json`, token, JSON.stringify({ device, items }), { "Content-Type": "application/json" })).json();
}

export async function sendPhoto(survey, entry, bytes, token) {
  const form = new FormData();
  form.append("id", entry.id);
  form.append("text", entry.said.text);
  form.append("made_at", entry.made_at);
  form.append("indicator", entry.indicator);
  form.append("photo", new Blob([bytes], { type: "image/jpeg" }), "foto.jpg");
  return (await post(`${survey}/foto.json`, token, form)).json();
}
