// Takes a page away that nobody has used for a while, in every tab. The server locks by its own clock; this only sees to
// it that no chart stays on a screen, and tells the server that somebody is writing on a page that sends nothing.
"use strict";

const lock = document.querySelector("form[data-lock]");
const USED = "used-at";
const LOCKED = "locked-at";
const now = () => Date.now();
const usedAt = () => Number(localStorage.getItem(USED)) || 0;

const clear = (rest) => document.body.replaceChildren(...rest);

if (document.querySelector("[data-locked]")) localStorage.setItem(LOCKED, String(now()));

if (lock) {
  const limit = Number(lock.dataset.lock) * 1000;
  let told = now();
  let heard = told;
  localStorage.setItem(USED, String(told));

  const use = () => {
    if (now() - heard < 1000) return;
    heard = now();
    localStorage.setItem(USED, String(heard));
  };
  for (const kind of ["keydown", "pointerdown", "input", "wheel"]) window.addEventListener(kind, use, { passive: true });

  const leave = () => {
    clear([lock]);
    lock.hidden = true;
    lock.submit();
  };
  const follow = () => {
    clear([]);
    window.location.reload();
  };
  const tell = async () => {
    told = now();
    const headers = { "X-CSRFToken": lock.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(lock.dataset.here, { method: "POST", headers });
    if (answer.redirected || answer.status === 403) follow();
  };
  const look = () => {
    if (now() - usedAt() >= limit) leave();
    else if (usedAt() > told && now() - told >= limit / 5) tell().catch(() => undefined);
  };
  setInterval(look, Math.min(5000, limit / 3));
  document.addEventListener("visibilitychange", look);
  window.addEventListener("storage", (event) => { if (event.key === LOCKED) follow(); });
}

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
