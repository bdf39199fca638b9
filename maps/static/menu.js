// On a phone the menu is wider than the screen: the page that is shown shall be in sight there, and its edges fade
// where more of it can be drawn in.
(function () {
  "use strict";

  var menu = document.querySelector("header.site nav");
  var current = menu.querySelector("[aria-current]");

  function fade() {
    menu.classList.toggle("drawn", menu.scrollLeft > 1);
    menu.classList.toggle("at-end", menu.scrollLeft + menu.clientWidth >= menu.scrollWidth - 1);
  }

  if (current) {
    var link = current.getBoundingClientRect(), frame = menu.getBoundingClientRect();
    // The menu alone is scrolled, never the page.
    menu.scrollLeft += link.left - frame.left - (frame.width - link.width) / 2;
  }
  fade();
  menu.addEventListener("scroll", fade, { passive: true });
  window.addEventListener("resize", fade);
})();
