/* Says in words why a passkey failed; without this the page would say nothing. */
(function () {
  "use strict";
  document.addEventListener("allauth.error", function (event) {
    var place = document.getElementById("passkey-failed");
    var failure = (event.detail && event.detail.exception) || {};
    if (!place) {
      return;
    }
    event.preventDefault();
    var text = place.dataset.other;
    if (failure.name === "SecurityError") {
      // A passkey belongs to a name, never to a number: 127.0.0.1 has none, localhost has.
      text = place.dataset.noAddress.replace("{address}", window.location.protocol + "//localhost:" + window.location.port);
    } else if (failure.name === "NotAllowedError" || failure.name === "AbortError") {
      text = place.dataset.stopped;
    }
    var said = document.createElement("div");
    var words = document.createElement("p");
    var body = document.createElement("div");
    said.className = "alert alert-error alert--paragraph";
    body.className = "alert-body";
    words.className = "alert-text";
    words.textContent = text;
    body.append(words);
    said.append(body);
    place.replaceChildren(said);
  });
})();
