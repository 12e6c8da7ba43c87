// Puts the page together.

import { act } from "./actions.js";
import * as api from "./api.js";
import { openCamera } from "./camera.js";
import { openDetail, prepareDetail } from "./detail.js";
import { byId, pause, setNote, setText } from "./dom.js";
import { showFigures } from "./figures.js";
import * as gallery from "./gallery.js";
import { openWaysIn } from "./intake.js";
import { prepareKey } from "./key.js";
import { toast } from "./toast.js";
import { addPictures } from "./upload.js";
import { startWatching } from "./watch.js";

// How often to look: each time while something is under way, every fifth time otherwise.
const PAUSE = 2_000;
const CALM = 5;

const filter = byId("filter");
let isLooking = false;
let isAway = false;

function take(files) {
  // Whoever sends something wants to see it.
  const all = filter.querySelector("input");
  if (files.length > 0 && !all.checked) {
    all.checked = true;
    change("");
  }
  addPictures(files);
}

async function change(status) {
  try {
    await gallery.show(status);
  } catch (problem) {
    if (!problem.isDenied) toast(problem.message); // the banner tells it, and how it goes on
  }
}

function showState(state, title) {
  byId("health").dataset.state = state;
  setText(byId("health").firstElementChild, title);
}

async function showHealth() {
  const troubles = await api.troubles().catch((problem) => {
    showState("away", "Away");
    throw problem;
  });
  const queue = troubles.length === 0 ? await api.queue() : {};
  const [state, title, note] =
    troubles.length > 0 ? ["waiting", "Not ready", `${troubles.join(" ")} Pictures that are accepted wait until it is ready.`]
    : queue.workers === 0 ? ["waiting", "No worker", "No worker is running. Pictures are accepted and wait until one is."]
    : ["ready", "Ready", ""];
  showState(state, title);
  setNote(byId("banner"), note);
  return queue;
}

async function keepCurrent() {
  for (let turn = 1; ; turn += 1) {
    await pause(PAUSE);
    if (!document.hidden && (isAway || gallery.isLively() || turn % CALM === 0)) await look();
  }
}

async function look() {
  if (isLooking) return;
  isLooking = true;
  try {
    const queue = await showHealth();
    await gallery.refresh();
    await showFigures(queue);
    isAway = false;
  } catch (problem) {
    isAway = !problem.isDenied;
    setNote(byId("banner"), `${problem.message} ${problem.isDenied ? "Give another one with “Key” above." : "Trying again."}`);
  }
  isLooking = false;
}

startWatching(gallery.hear, gallery.remove);
prepareDetail();
openWaysIn(take);
openCamera(take);
prepareKey(() => showState("waiting", "Locked"), () => {
  change(filter.querySelector("input:checked").value);
  look();
});

filter.addEventListener("change", ({ target }) => change(target.value));
byId("more").addEventListener("click", () => gallery.older().catch((problem) => toast(problem.message)));
byId("gallery").addEventListener("click", ({ target }) => {
  const entry = gallery.entryOf(gallery.idOf(target));
  const button = target.closest("button");
  if (button?.dataset.action) act(button.dataset.action, entry);
  else if (button?.classList.contains("open")) openDetail(entry);
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
window.addEventListener("offline", look);
window.addEventListener("online", look);

await change("");
await look();
await keepCurrent();
