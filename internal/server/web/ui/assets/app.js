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

  // j and k go along the rows of a list; Enter opens, as on any link.
  doc.addEventListener("keydown", function (e) {
    var rows = all("a[data-row]"), at = rows.indexOf(doc.activeElement), to;
    if (!rows.length || e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented || typing(e.target)) { return; }
    if (e.key === "j") { to = rows[at + 1]; } else if (e.key === "k") { to = rows[at < 0 ? rows.length - 1 : at - 1]; }
    if (to) { e.preventDefault(); to.focus(); }
  });

  function start() {
    // The first thing to read after a refused form is what was wrong with it.
    var first = doc.querySelector("[data-focus]");
    if (first) { first.focus(); }

    // How many of the things to bring are still missing. The ticks stay in this
    // browser for as long as the list is the same; some browsers forbid even that.
    all("[data-checklist]").forEach(function (list) {
      var out = list.querySelector("[data-checklist-left]"), boxes = all("input[type=checkbox]", list);
      var name = list.getAttribute("data-checklist"), version = list.getAttribute("data-version");
      function memory(use) { try { return name ? use(window.localStorage, "onevisit:" + name) : null; } catch (e) { return null; } }
      function count() {
        var left = boxes.filter(function (b) { return !b.checked; }).length;
        if (!out || !boxes.length) { return; }
        out.textContent = left === 0 ? "材料已齐，可以出门办理了。" : "还缺 " + left + " 样，共需准备 " + boxes.length + " 样。";
      }
      function keep() {
        memory(function (m, key) {
          m.setItem(key, JSON.stringify({ version: version, have: boxes.filter(function (b) { return b.checked; }).map(function (b) { return b.value; }) }));
        });
      }
      var kept = list.getAttribute("data-fixed") ? null : memory(function (m, key) { return JSON.parse(m.getItem(key)); });
      if (kept && kept.version === version && kept.have) {
        boxes.forEach(function (b) { b.checked = kept.have.indexOf(b.value) >= 0; });
      } else if (list.getAttribute("data-fixed")) { keep(); }
      list.addEventListener("change", function () { count(); keep(); });
      count();
    });

    // Unsaved work is not lost by a slip of the hand.
    all("form[data-guard]").forEach(function (form) {
      var changed = false;
      form.addEventListener("input", function () { changed = true; });
      form.addEventListener("change", function () { changed = true; });
      form.addEventListener("submit", function () { changed = false; });
      form.addEventListener("kept", function () { changed = false; });
      window.addEventListener("beforeunload", function (e) {
        if (!changed) { return undefined; }
        e.preventDefault();
        e.returnValue = form.getAttribute("data-guard");
        return e.returnValue;
      });
    });

    // What the server makes of a form while it is being filled: with each pause
    // the form is sent, and the parts of the page that depend on it come back.
    all("form[data-live]").forEach(function (form) {
      var timer = 0, running = null;
      function fields() {
        return all("input, select, textarea", form).filter(function (x) {
          return x.name && !x.disabled && (!/^(checkbox|radio)$/.test(x.type) || x.checked);
        }).map(function (x) { return encodeURIComponent(x.name) + "=" + encodeURIComponent(x.value); }).join("&");
      }
      function send() {
        if (running) { running.abort(); }
        var r = running = new XMLHttpRequest();
        r.open("POST", form.getAttribute("data-live"));
        r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
        r.onload = function () {
          running = null;
          if (r.status !== 200) { return; }
          var box = doc.createElement("div"), ev = doc.createEvent("Event");
          box.innerHTML = r.responseText;
          all("[data-part]", box).forEach(function (part) {
            var old = form.querySelector("[data-part=" + part.getAttribute("data-part") + "]");
            if (old) { old.innerHTML = part.innerHTML; }
          });
          ev.initEvent("kept", false, false);
          form.dispatchEvent(ev);
        };
        r.send(fields());
      }
      function soon() { window.clearTimeout(timer); timer = window.setTimeout(send, 500); }
      form.addEventListener("input", soon);
      form.addEventListener("change", soon);
      form.addEventListener("submit", function () { window.clearTimeout(timer); if (running) { running.abort(); } });
    });

    // Names that what is being typed may become.
    all("input[data-suggest]").forEach(function (input) {
      var timer = 0, last = "", typed = "", at = -1, list = doc.createElement("ul"), said = doc.createElement("span");
      list.id = input.id + "-names";
      list.className = "suggest no-print";
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", "相近的事项名称");
      list.hidden = true;
      said.className = "sr";
      said.setAttribute("role", "status");
      input.parentNode.appendChild(list);
      input.parentNode.appendChild(said);
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-autocomplete", "list");
      input.setAttribute("aria-controls", list.id);
      input.setAttribute("aria-expanded", "false");

      function show(on) {
        list.hidden = !on || !list.children.length;
        input.setAttribute("aria-expanded", String(!list.hidden));
        if (list.hidden) { at = -1; input.removeAttribute("aria-activedescendant"); }
        said.textContent = list.hidden ? "" : "有 " + list.children.length + " 个相近的事项名称，按上下键选择";
      }
      function go(to) { // one name on; before the first is what was typed
        if (list.children[at]) { list.children[at].setAttribute("aria-selected", "false"); }
        at = to;
        if (list.children[at]) {
          list.children[at].setAttribute("aria-selected", "true");
          input.setAttribute("aria-activedescendant", list.children[at].id);
        } else {
          input.removeAttribute("aria-activedescendant");
        }
        input.value = list.children[at] ? list.children[at].textContent : typed;
      }
      function ask() {
        var text = input.value.replace(/^\s+|\s+$/g, ""), r = new XMLHttpRequest();
        if (text === last) { return; }
        last = text;
        if (!text) { list.innerHTML = ""; show(false); return; }
        r.open("GET", input.getAttribute("data-suggest") + "?q=" + encodeURIComponent(text));
        r.onload = function () {
          if (r.status !== 200 || text !== last) { return; }
          list.innerHTML = "";
          JSON.parse(r.responseText).names.forEach(function (name, i) {
            var o = doc.createElement("li");
            o.id = list.id + "-" + i;
            o.setAttribute("role", "option");
            o.setAttribute("aria-selected", "false");
            o.textContent = name;
            o.addEventListener("click", function () { input.value = name; input.form.submit(); });
            list.appendChild(o);
          });
          at = -1;
          show(doc.activeElement === input);
        };
        r.send();
      }
      input.addEventListener("input", function () { typed = input.value; window.clearTimeout(timer); timer = window.setTimeout(ask, 200); });
      input.addEventListener("keydown", function (e) {
        var n = list.children.length;
        if (e.isComposing || e.keyCode === 229) { return; } // an input method has the key
        if (!list.hidden && (e.key === "ArrowDown" || e.key === "Down")) { e.preventDefault(); go(at + 1 < n ? at + 1 : -1); }
        else if (!list.hidden && (e.key === "ArrowUp" || e.key === "Up")) { e.preventDefault(); go(at < 0 ? n - 1 : at - 1); }
        else if (!list.hidden && (e.key === "Escape" || e.key === "Esc")) { e.preventDefault(); go(-1); show(false); }
      });
      list.addEventListener("mousedown", function (e) { e.preventDefault(); }); // the field keeps the focus
      input.addEventListener("blur", function () { show(false); });
      input.addEventListener("focus", function () { show(input.value === typed && typed !== ""); });
    });

    // A link into a folded part unfolds it; one to a row of a list goes on from
    // that row.
    function unfold() {
      var el = location.hash && doc.getElementById(decodeURIComponent(location.hash.slice(1))), to = el;
      for (; el; el = el.parentElement) { if (el.tagName === "DETAILS") { el.open = true; } }
      if (to && to.scrollIntoView) { to.scrollIntoView(); }
      if (to && to.hasAttribute("data-row")) { to.focus(); }
    }
    window.addEventListener("hashchange", unfold);
    unfold();

    // A part of the page goes to the clipboard as one would mark it by hand.
    all("[data-copy]").forEach(function (button) {
      var what = doc.querySelector(button.getAttribute("data-copy")), said = button.parentNode.querySelector("[data-copied]");
      button.addEventListener("click", function () {
        var selection = window.getSelection(), range = doc.createRange(), done = false;
        if (what.select) { what.select(); } else { range.selectNodeContents(what); selection.removeAllRanges(); selection.addRange(range); }
        try { done = doc.execCommand("copy"); } catch (e) { done = false; }
        said.textContent = done ? "已复制。" : "浏览器不允许复制，内容已选中，请按 Ctrl+C。";
        if (done && !what.select) { selection.removeAllRanges(); }
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
