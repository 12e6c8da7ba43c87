// Actions on a picture: retry, cancel, delete.

import * as api from "./api.js";
import { say } from "./announce.js";
import { byId, part } from "./dom.js";
import { hear, remove } from "./gallery.js";
import { toast } from "./toast.js";
import { discard, sendAgain } from "./upload.js";

const DOING = {
  again: (entry) => sendAgain(entry),
  cancel: async (entry) => {
    hear(await api.cancel(entry.uuid));
    say(`${entry.name} was canceled.`, { instead: entry.name });
  },
  retry: async (entry) => {
    hear(await api.retry(entry.uuid));
    say(`${entry.name} is queued again.`);
  },
  remove: async (entry) => {
    if (entry.uuid === null) return discard(entry);
    if (!(await isSure(entry))) return undefined;
    await api.remove(entry.uuid).catch(unlessGone);
    remove(entry.id);
    return say(`${entry.name} was deleted.`);
  },
};

/** Do what a button is for; a refusal is shown. */
export async function act(name, entry) {
  try {
    await DOING[name]?.(entry);
  } catch (problem) {
    toast(problem.message);
  }
}

function unlessGone(problem) {
  if (problem.status !== 404) throw problem;
}

function isSure({ name }) {
  const dialog = byId("confirm");
  part(dialog, "question").textContent = `Delete ${name || "this picture"}?`;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}
