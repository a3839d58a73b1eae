/* The search of a site of files. Comfort only: the lists lead everywhere without
   it. ECMAScript 5; the index is in index.js. */
(function () {
  "use strict";
  var index = window.onevisitIndex, doc = document, most = 50;
  var input = doc.querySelector("[name=q]"), list = doc.getElementById("results"), said = doc.getElementById("found"), ways = doc.getElementById("ways");
  if (!index || !input || !list) { return; }

  // Half-width, lower case, without what is neither letter nor digit.
  function fold(s) {
    return s.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); }).toLowerCase()
      .replace(/[\s!-\/:-@\[-`{-~\u2010-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uffef\u00b7]/g, "");
  }
  function pairs(s) {
    var out = [], i;
    if (s.length === 1) { return [s]; }
    for (i = 0; i + 1 < s.length; i++) { out.push(s.slice(i, i + 2)); }
    return out;
  }
  var units = index.units.map(fold), items = index.items.map(function (r) {
    return { id: r[0], name: r[1], unit: r[2], visits: r[3], initials: r[4], code: r[5], folded: fold(r[1]), extra: fold(r[6]) };
  });

  // How well an item answers: its code, its name, initials, unit, and at last how
  // many pairs of characters it shares with what was typed.
  function score(it, q, two) {
    var at = it.folded.indexOf(q), hit = 0, i;
    if (q.length === 10 && it.code.toLowerCase() === q.replace(/o/g, "0").replace(/[il]/g, "1")) { return 10000; }
    if (it.folded === q) { return 5000; }
    if (at >= 0) { return 3000 - 10 * Math.min(at, 50) - Math.min(it.folded.length, 200); }
    if (/^[a-z0-9]{2,}$/.test(q) && (at = it.initials.indexOf(q)) >= 0) { return 2000 - 10 * Math.min(at, 50) - Math.min(it.initials.length, 200); }
    if (it.extra.indexOf(q) >= 0) { return 1500 - Math.min(it.folded.length, 200); }
    if (units[it.unit].indexOf(q) >= 0) { return 1000 - Math.min(it.folded.length, 200); }
    for (i = 0; i < two.length; i++) { if (it.folded.indexOf(two[i]) >= 0 || it.extra.indexOf(two[i]) >= 0) { hit++; } }
    return hit * 2 >= two.length ? 500 * hit / two.length - Math.min(it.folded.length, 200) / 10 : 0;
  }
  function word(n) { return n === 0 ? "零上门" : n === 1 ? "一次上门" : "多次上门"; }

  function search() {
    var q = fold(input.value), two = pairs(q), found = [];
    list.innerHTML = "";
    if (ways) { ways.style.display = q ? "none" : ""; }
    if (!q) { said.textContent = ""; return; }
    items.forEach(function (it) { var s = score(it, q, two); if (s > 0) { found.push([s, it]); } });
    found.sort(function (a, b) { return b[0] - a[0] || (a[1].name < b[1].name ? -1 : 1); });
    said.textContent = !found.length ? "没有找到相符的事项。可以换个说法、少输几个字，或者从按拼音、按单位的清单中查找。"
      : found.length > most ? "找到 " + found.length + " 项，列出最相符的 " + most + " 项。" : "找到 " + found.length + " 项。";
    if (!found.length && ways) { ways.style.display = ""; }
    found.slice(0, most).forEach(function (f) {
      var li = doc.createElement("li"), a = doc.createElement("a"), small = doc.createElement("span");
      a.href = "items/" + f[1].id + ".html";
      a.appendChild(doc.createTextNode(f[1].name));
      small.className = "code";
      small.appendChild(doc.createTextNode(word(f[1].visits) + "\u3000" + index.units[f[1].unit]));
      a.appendChild(small);
      li.appendChild(a);
      list.appendChild(li);
    });
  }
  input.form.addEventListener("submit", function (e) { e.preventDefault(); search(); });
  input.addEventListener("input", search);
  var asked = /[?&]q=([^&]*)/.exec(location.search);
  if (asked) { input.value = decodeURIComponent(asked[1].replace(/\+/g, " ")); }
  search();
}());
