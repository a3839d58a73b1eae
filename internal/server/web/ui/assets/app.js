/* Comfort only: every page is complete without this file. ECMAScript 5. */
(function () {
  "use strict";
  var doc = document;
  doc.documentElement.className += " js";

  function all(selector, root) {
    return Array.prototype.slice.call((root || doc).querySelectorAll(selector));
  }
  function typing(el) {
    return el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  }

  // One key goes to what carries data-key: a field is focused, the rest clicked.
  doc.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented || typing(e.target)) { return; }
    var el = all("[data-key]").filter(function (x) {
      return x.getAttribute("data-key") === e.key && x.offsetParent !== null;
    })[0];
    if (!el) { return; }
    e.preventDefault();
    if (typing(el)) { el.focus(); el.select && el.select(); } else { el.click(); }
  });

  function start() {
    // The first thing to read after a refused form is what was wrong with it.
    var first = doc.querySelector("[data-focus]");
    if (first) { first.focus(); }

    // How many of the things to bring are still missing.
    all("[data-checklist]").forEach(function (list) {
      var out = list.querySelector("[data-checklist-left]"), boxes = all("input[type=checkbox]", list);
      function count() {
        var left = boxes.filter(function (b) { return !b.checked; }).length;
        if (!out || !boxes.length) { return; }
        out.textContent = left === 0 ? "材料已齐，可以出门办理了。" : "还缺 " + left + " 样，共需准备 " + boxes.length + " 样。";
      }
      list.addEventListener("change", count);
      count();
    });

    // Unsaved work is not lost by a slip of the hand.
    all("form[data-guard]").forEach(function (form) {
      var changed = false;
      form.addEventListener("input", function () { changed = true; });
      form.addEventListener("change", function () { changed = true; });
      form.addEventListener("submit", function () { changed = false; });
      window.addEventListener("beforeunload", function (e) {
        if (!changed) { return undefined; }
        e.preventDefault();
        e.returnValue = form.getAttribute("data-guard");
        return e.returnValue;
      });
    });

    // A second click does not send a form twice. Going back makes the form usable
    // again, and so do a few seconds, for an answer that was a file to keep.
    all("form").forEach(function (form) {
      if ((form.getAttribute("method") || "").toLowerCase() !== "post") { return; }
      form.addEventListener("submit", function (e) {
        if (form.getAttribute("data-sent")) { e.preventDefault(); return; }
        form.setAttribute("data-sent", "1");
        window.setTimeout(function () { form.removeAttribute("data-sent"); }, 5000);
      });
    });
    window.addEventListener("pageshow", function () {
      all("form[data-sent]").forEach(function (f) { f.removeAttribute("data-sent"); });
    });

    all("[data-print]").forEach(function (b) {
      b.addEventListener("click", function () { window.print(); });
    });
  }
  if (doc.readyState === "loading") { doc.addEventListener("DOMContentLoaded", start); } else { start(); }
})();
