// Announces changes to screen readers. Several results in a row become one sentence.

import { byId } from "./dom.js";
import { plural, share } from "./text.js";

// Long enough to gather the results of a batch, short enough to still be an answer.
const GATHER = 900;

const sentences = [];
const finished = [];
// The names of pictures that somebody here is waiting for, each as often as it was sent.
const awaited = [];
let timer = null;

/** A picture was sent from here; its end will be told. */
export function expect(name) {
  awaited.push(name);
}

/** Say a sentence; `instead` names a picture that nobody has to wait for any more. */
export function say(sentence, { instead } = {}) {
  if (instead !== undefined) settle(instead);
  sentences.push(sentence);
  timer ??= setTimeout(speak, GATHER);
}

/** Tell the end of a prediction, if somebody here is waiting for it. */
export function tellEnd(prediction) {
  if (!settle(prediction.name)) return;
  finished.push(prediction);
  timer ??= setTimeout(speak, GATHER);
}

function settle(name) {
  const place = awaited.indexOf(name);
  if (place >= 0) awaited.splice(place, 1);
  return place >= 0;
}

function speak() {
  timer = null;
  const ends = finished.splice(0);
  const results = ends.length > 2 ? [`${plural(ends.length, "picture", "pictures")} done.`] : ends.map(end);
  const left = ends.length > 0 && awaited.length > 0 ? [`${plural(awaited.length, "picture", "pictures")} to go.`] : [];
  byId("live").textContent = [...sentences.splice(0), ...results, ...left].join(" ");
}

function end({ name, status, prediction, score, error }) {
  if (status === "succeeded") return `${name}: ${prediction}, ${share(score)}.`;
  return status === "failed" ? `${name} failed. ${error?.message ?? ""}` : `${name} was canceled.`;
}
