/* 字数、快捷键、更正区的展开；没有脚本时表单照样能用。 */
(function () {
  "use strict";
  function byId(id) { return document.getElementById(id); }
  function count() {
    var text = byId("text"), out = byId("count");
    if (!text || !out) { return; }
    var n = Array.from(text.value).length, limit = Number(out.dataset.limit);
    out.textContent = "已写 " + n + " 字，上限 " + limit + " 字";
    out.className = n > limit ? "hint no" : "hint";
  }
  document.addEventListener("input", function (event) {
    if (event.target.id === "text") { count(); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.target.id === "text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      byId("go").click();
    }
  });
  document.addEventListener("click", function (event) {
    if (event.target.id === "clear") {
      byId("text").value = "";
      count();
      byId("text").focus();
    }
    if (event.target.id === "correct") {
      var box = byId("correction"), folded = box.classList.toggle("folded");
      event.target.setAttribute("aria-expanded", String(!folded));
    }
  });
  /* 看板自动刷新不得打断正在填写或展开的处理。 */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var board = byId("board");
    if (!board || event.target !== board) { return; }
    if (board.querySelector("details[open]") || board.contains(document.activeElement)) {
      event.preventDefault();
    }
  });
  /* 出错的回答（4xx、5xx）也要让人看见。 */
  document.addEventListener("htmx:responseError", function (event) {
    var target = byId("result");
    if (!target) { return; }
    var message = "服务没有回答，请稍后再试";
    try { message = JSON.parse(event.detail.xhr.responseText).detail || message; } catch (e) { /* 不是 JSON */ }
    var p = document.createElement("p");
    p.className = "banner error";
    p.setAttribute("role", "alert");
    p.textContent = message;
    target.prepend(p);
  });
  document.addEventListener("htmx:sendError", function () {
    var target = byId("result");
    if (target) { target.textContent = "连不上服务，请检查网络后再试。您写的内容还在左边。"; }
  });
  document.addEventListener("DOMContentLoaded", count);
  count();
})();
