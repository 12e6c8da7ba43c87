// One picture, large, with everything that is known about it.

import { act } from "./actions.js";
import { say } from "./announce.js";
import { showBars } from "./bars.js";
import { noteOf, titleOf } from "./card.js";
import { byId, part, setNote, setText } from "./dom.js";
import { entryOf, neighbour, onUpdate } from "./gallery.js";
import { atTime, count, seconds, STATES } from "./text.js";
import { toast } from "./toast.js";

const dialog = byId("detail");
let shown = null;

/** Open the detail of an entry, and lead the focus back to its card in the end. */
export function openDetail(entry) {
  show(entry);
  if (!dialog.open) dialog.showModal();
  part(dialog, "title").focus();
}

export function prepareDetail() {
  dialog.addEventListener("click", (event) => {
    const name = event.target.closest("[data-action]")?.dataset.action;
    if (name) press(name);
    else if (event.target === dialog) dialog.close(); // beside it
  });
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") press("newer");
    if (key === "ArrowRight") press("older");
  });
  dialog.addEventListener("close", () => {
    (document.querySelector(`[data-id="${CSS.escape(shown)}"] .open`) ?? byId("pictures")).focus(); // it may be deleted
    shown = null;
  });
  onUpdate((entry) => {
    if (shown === null) return;
    if (!entryOf(shown)) dialog.close();
    else if (entry?.id === shown) show(entry);
  });
}

function press(name) {
  if (name === "close") return dialog.close();
  if (name === "newer" || name === "older") return turn(name);
  return name === "copy" ? copy(shown) : act(name, entryOf(shown));
}

function turn(name) {
  const entry = neighbour(shown, name === "newer" ? -1 : 1);
  if (entry) show(entry);
}

async function copy(uuid) {
  try {
    await navigator.clipboard.writeText(uuid);
    say("The uuid is copied.");
    setText(dialog.querySelector('[data-action="copy"]'), "Copied");
  } catch {
    toast("The browser does not let this page copy. The uuid is in the table.");
  }
}

function show(entry) {
  const isOther = shown !== entry.id;
  shown = entry.id;
  setText(part(dialog, "title"), titleOf(entry));
  setNote(part(dialog, "note"), noteOf(entry));
  showBars(part(dialog, "bars"), entry.prediction.top);
  part(dialog, "facts").replaceChildren(...facts(entry.prediction).flatMap(pair));
  dialog.dataset.status = entry.status;
  const image = part(dialog, "image");
  if (!entry.picture) image.removeAttribute("src"); // it would be that of another one
  else if (image.getAttribute("src") !== entry.picture) image.src = entry.picture;
  image.alt = entry.name ? `The picture ${entry.name}` : "The picture";
  showActions(entry);
  if (isOther) setText(dialog.querySelector('[data-action="copy"]'), "Copy the uuid");
}

function showActions({ id, status }) {
  const button = (name) => dialog.querySelector(`[data-action="${name}"]`);
  button("cancel").hidden = status !== "queued" && status !== "processing";
  button("retry").hidden = status !== "failed" && status !== "canceled";
  button("newer").disabled = !neighbour(id, -1);
  button("older").disabled = !neighbour(id, 1);
}

function facts({ name, status, model, attempts, created_at: created, started_at: started, finished_at: finished, uuid }) {
  const between = (from, to) => (from && to ? seconds((Date.parse(to) - Date.parse(from)) / 1000) : null);
  return [
    ["Name", name],
    ["State", STATES[status]],
    ["Model", model],
    ["Sent", atTime(new Date(created))],
    ["Waited", between(created, started)],
    ["In work", between(started, finished)],
    ["Attempts", count(attempts)],
    ["Uuid", uuid],
  ].filter(([, value]) => value);
}

function pair([name, value]) {
  const [term, text] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = name;
  text.textContent = value;
  return [term, text];
}
