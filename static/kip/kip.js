/* The portal works without this file. It starts the design system's own behaviour, again in parts that htmx swaps in. */
(function () {
  "use strict";
  function start(scope) {
    if (window.DKFDS) {
      window.DKFDS.init({ scope: scope });
    }
  }
  document.addEventListener("DOMContentLoaded", function () {
    start(document);
    var menu = document.querySelector(".kip-menu");
    if (menu) {
      document.addEventListener("keydown", function (event) {
        if (event.key === "Escape" && menu.open) {
          menu.open = false;
          menu.querySelector("summary").focus();
        }
      });
    }
  });
  document.querySelectorAll(".kip-print").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });
  document.addEventListener("htmx:load", function (event) {
    if (event.target !== document.body) {
      start(event.target);
    }
  });
  document.addEventListener("htmx:responseError", showFailure);
  document.addEventListener("htmx:sendError", showFailure);
  function showFailure(event) {
    var template = document.getElementById("kip-failed-part");
    var part = event.detail.target;
    if (template && part && !part.querySelector(".kip-failed")) {
      part.prepend(template.content.cloneNode(true));
    }
  }
})();
