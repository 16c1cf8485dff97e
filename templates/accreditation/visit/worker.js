// Answers for /besoeg/ alone. Keeps the shell of one version, which holds nothing of any visit, and keeps no answer of the server.
"use strict";

const KEPT = "kip-visit-{{ version }}";
const FILES = {{ files|safe }};
const SHELL = FILES[0];

self.addEventListener("install", function (event) {
  const fresh = FILES.map(function (file) { return new Request(file, { cache: "reload" }); });
  event.waitUntil(caches.open(KEPT).then(function (kept) { return kept.addAll(fresh); }).then(function () {
    return self.skipWaiting();
  }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    const old = names.filter(function (name) { return name.startsWith("kip-visit-") && name !== KEPT; });
    return Promise.all(old.map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

function kept(path) {
  return caches.open(KEPT).then(function (shell) { return shell.match(path); }).then(function (found) {
    return found || fetch(path);
  });
}

self.addEventListener("fetch", function (event) {
  const asked = event.request, where = new URL(asked.url);
  if (asked.method !== "GET" || where.origin !== self.location.origin) { return; }
  if (FILES.includes(where.pathname)) {
    event.respondWith(kept(where.pathname));
  } else if (asked.mode === "navigate") {
    // Without network every page of the visit leads to what is on the device.
    event.respondWith(fetch(asked).catch(function () { return Response.redirect(SHELL, 302); }));
  }
});
