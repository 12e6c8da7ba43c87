// The API key, where the service asks for one. It is kept for this tab and forgotten with it.

import { byId, part } from "./dom.js";

const NAME = "predictor.key";
const TEXTS = {
  first: "Whoever runs the service can give you one. It stays in this tab and is forgotten when you close it.",
  refused: "That key is not valid: it is unknown, has expired or was revoked. Please check it, or ask for another one.",
  exchange: "This tab has a key. Another one takes its place.",
};

let inMemory = null;
let asking = null;
let wasDeclined = false;
let tellRefusal = () => {};

export function currentKey() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return inMemory;
  }
}

function keep(key) {
  inMemory = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch { /* storage is forbidden: the key then lasts as long as the page */ }
}

function forget() {
  try {
    sessionStorage.removeItem(NAME);
  } catch { /* it was never there */ }
  // Nothing stays of what the key has shown, neither in the page nor in its memory.
  location.reload();
}

/** Whether somebody is being asked at this moment; requests wait for the answer. */
export const isAsking = () => asking !== null;

/** Offer to exchange the key and to forget it; call `onRefusal` when one is needed, `onExchange` when there is one. */
export function prepareKey(onRefusal, onExchange) {
  tellRefusal = onRefusal;
  const [button, dialog] = [byId("key-button"), byId("key")];
  button.hidden = currentKey() === null;
  button.addEventListener("click", async () => {
    if (await askOnce(currentKey() === null ? "first" : "exchange")) onExchange();
  });
  const on = (name, act) => dialog.querySelector(`[data-action="${name}"]`).addEventListener("click", act);
  on("close", () => dialog.close());
  on("forget", forget);
}

/**
 * Ask for a key, once however many requests want one.
 *
 * @param {string | null} refused the key that was refused
 * @param {boolean} isWanted whether somebody wants something at this moment; who said no is not asked otherwise
 * @returns {Promise<boolean>} whether there is another key now
 */
export function askForKey(refused, isWanted) {
  if (currentKey() !== refused) return Promise.resolve(true);
  byId("key-button").hidden = false;
  tellRefusal();
  if (wasDeclined && !isWanted) return Promise.resolve(false);
  return askOnce(refused === null ? "first" : "refused");
}

function askOnce(why) {
  asking ??= ask(why).finally(() => { asking = null; });
  return asking;
}

function ask(why) {
  const dialog = byId("key");
  const [value, text] = [part(dialog, "value"), part(dialog, "text")];
  text.textContent = TEXTS[why];
  dialog.dataset.state = why;
  value.setAttribute("aria-invalid", why === "refused");
  dialog.querySelector('[data-action="forget"]').hidden = currentKey() === null;
  value.value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  value.focus();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "yes" && value.value.trim() !== "";
      wasDeclined = !given && why !== "exchange";
      if (given) keep(value.value.trim());
      value.value = "";
      done(given);
    }, { once: true });
  });
}
