// The API key, where the service asks for one. It is kept for this tab and forgotten with it.

import { byId, part } from "./dom.js";

const NAME = "predictor.key";
let inMemory = null;
let asking = null;
let wasDeclined = false;

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

/**
 * Ask for a key, once however many requests want one.
 *
 * @param {string | null} refused the key that was refused
 * @param {boolean} isWanted whether somebody wants something at this moment; who said no is not asked otherwise
 * @returns {Promise<boolean>} whether there is another key now
 */
export function askForKey(refused, isWanted) {
  if (currentKey() !== refused) return Promise.resolve(true);
  if (wasDeclined && !isWanted) return Promise.resolve(false);
  asking ??= ask(refused !== null).finally(() => { asking = null; });
  return asking;
}

function ask(wasRefused) {
  const dialog = byId("key");
  const value = part(dialog, "value");
  part(dialog, "text").textContent = wasRefused
    ? "That key was not accepted. Please check it and try again."
    : "Who runs the service can give you one. It stays in this tab and is forgotten when you close it.";
  value.value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  value.focus();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "yes" && value.value.trim() !== "";
      wasDeclined = !given;
      if (given) keep(value.value.trim());
      value.value = "";
      done(given);
    }, { once: true });
  });
}
