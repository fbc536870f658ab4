// What only makes pages handier. Every page does its work without it, and nothing clinical is decided here.
"use strict";

// A link names the dialog that asks the same as the page behind it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    dialog.showModal();
  }
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".toast").remove();
});

// Showing what works only here.
const reveal = (root) => root.querySelectorAll("[data-dismiss]").forEach((button) => { button.hidden = false; });
document.addEventListener("htmx:load", (event) => reveal(event.target));
reveal(document);

// A half-filled form is not left by accident.
const touched = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) touched.add(form);
});
document.addEventListener("submit", (event) => touched.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if ([...touched].some((form) => form.isConnected)) event.preventDefault();
});

// "/" goes to the search, unless somebody is writing or has switched the key off, which this browser remembers.
const key = document.querySelector("[data-shortcut]");
const say = () => key.setAttribute("aria-pressed", String(localStorage.getItem("shortcut") !== "off"));
if (key && document.querySelector("[data-search]")) {
  key.hidden = false;
  say();
  key.addEventListener("click", () => {
    localStorage.setItem("shortcut", key.getAttribute("aria-pressed") === "true" ? "off" : "on");
    say();
  });
}
document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  const writing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing || !search) return;
  if (localStorage.getItem("shortcut") === "off") return;
  event.preventDefault();
  search.focus();
  search.select();
});
