// Signing out: the visits on this device go as well. What has not been sent is never thrown away without being asked.
import * as store from "./store.js";

async function wipeAll(form) {
  const body = new FormData(form);
  for (const row of await store.visits()) { await store.wipe(row.survey); }
  for (const notice of await store.notices()) {
    const answer = await fetch(`/besoeg/enheder/${notice.device}/slettet/`, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (answer?.ok || answer?.status === 404) { await store.dropNotice(notice.device); }
  }
}

async function leave(form) {
  const counts = await Promise.all((await store.visits()).map((row) => store.unsent(row.survey)));
  if (!counts.some(Boolean)) {
    await wipeAll(form);
    form.submit();
    return;
  }
  const dialog = document.getElementById("visit-leaving").content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  dialog.addEventListener("close", async () => {
    dialog.remove();
    if (dialog.returnValue === "wipe") { await wipeAll(form); }
    if (dialog.returnValue === "wipe" || dialog.returnValue === "keep") { form.submit(); }
  });
  dialog.showModal();
}

for (const form of document.querySelectorAll("form[action='/konto/logout/']")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave(form).catch(() => form.submit());
  });
}
