// Passkeys: the browser asks whoever holds the device, and the form sends what it answered. Without this file the
// password and the code remain.
"use strict";

const optionsOf = async (form) => {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`no options: ${answer.status}`);
  return (await answer.json()).request_options;
};

const use = async (form) => {
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    const options = await optionsOf(form);
    const made = form.dataset.passkey === "create" ? webauthnJSON.create(options) : webauthnJSON.get(options);
    form.elements.credential.value = JSON.stringify(await made);
    form.submit();
  } catch {
    problem.hidden = false;
    problem.focus();
  }
};

if (window.PublicKeyCredential && window.webauthnJSON) {
  document.querySelectorAll("[data-without-passkey]").forEach((one) => { one.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      use(form);
    });
  });
}
