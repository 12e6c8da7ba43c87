// One picture in the gallery.

import { showBars } from "./bars.js";
import { copyOf, part, setNote, setText } from "./dom.js";
import { ago, atTime, share, STATES } from "./text.js";
import { isFinal } from "./watch.js";

// Number of labels on a card; the detail shows all of them.
const MOST_BARS = 5;

const action = (card, name) => card.querySelector(`[data-action="${name}"]`);

/** What is to be said about an entry in a word or two. */
export function titleOf({ status, prediction }) {
  return status === "succeeded" ? prediction.prediction : STATES[status];
}

/** What there is to explain about an entry. */
export function noteOf({ problem, prediction, note }) {
  return problem || prediction?.error?.message || note;
}

export function makeCard() {
  const card = copyOf("card-template");
  const image = card.querySelector("img");
  image.loading = "lazy";
  image.addEventListener("error", () => { card.dataset.picture = "missing"; });
  return card;
}

export function showCard(card, entry) {
  card.dataset.status = entry.status;
  const title = part(card, "title");
  setText(title, titleOf(entry));
  title.disabled = entry.uuid === null;
  title.setAttribute("aria-label", `${titleOf(entry)}: details of ${entry.name || "a picture without a name"}`);
  setText(part(card, "name"), entry.name);
  setText(part(card, "sure"), entry.prediction?.top.length ? share(entry.prediction.score) : "");
  setNote(part(card, "note"), noteOf(entry));
  showBars(part(card, "bars"), (entry.prediction?.top ?? []).slice(0, MOST_BARS));
  showPicture(card.querySelector("img"), entry);
  showActions(card, entry);
  showAge(card, entry);
}

export function showAge(card, { prediction }) {
  const when = part(card, "when");
  if (!prediction) return;
  const moment = new Date(prediction.created_at);
  setText(when, ago(moment));
  when.dateTime = prediction.created_at;
  when.title = atTime(moment);
}

function showPicture(image, { picture }) {
  if (picture === "") image.closest(".card").dataset.picture = "missing";
  if (picture && image.getAttribute("src") !== picture) image.src = picture;
}

function showActions(card, entry) {
  const { status, uuid, canTryAgain, isWaiting } = entry;
  const possible = {
    again: status === "refused" && canTryAgain,
    cancel: status === "queued" || status === "processing",
    retry: status === "failed" || status === "canceled",
    remove: status === "refused" || (status === "uploading" && isWaiting) || (uuid !== null && isFinal(status)),
  };
  for (const [name, isPossible] of Object.entries(possible)) {
    const button = action(card, name);
    button.hidden = !isPossible;
    button.setAttribute("aria-label", `${button.textContent} ${entry.name}`.trim());
  }
  setText(action(card, "remove"), uuid === null ? "Remove" : "Delete");
}
