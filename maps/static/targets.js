// On a phone the figures and sources of a target are opened one by one: together they are forty screens tall.
(function () {
  "use strict";

  // As in site.css.
  var phone = window.matchMedia("(max-width: 720px)");

  function isNamed(details) {
    return "#" + details.closest(".target").id === window.location.hash;
  }

  function fold() {
    document.querySelectorAll(".target-more").forEach(function (details) {
      details.open = !phone.matches || isNamed(details);
    });
    document.querySelector(".spans-key").open = !phone.matches;
  }

  function unfoldNamed() {
    document.querySelectorAll(".target-more").forEach(function (details) {
      if (isNamed(details)) details.open = true;
    });
  }

  fold();
  // Where the address names a target, what was folded above it has moved it.
  if (phone.matches && window.location.hash) {
    var named = document.getElementById(window.location.hash.slice(1));
    if (named) named.scrollIntoView();
  }
  phone.addEventListener("change", fold);
  window.addEventListener("hashchange", unfoldNamed);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".target-more").forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", fold);
})();
