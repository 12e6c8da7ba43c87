// Sends pictures, a few at a time, and keeps trying where that helps.

import { Problem, submit } from "./api.js";
import { byId, pause } from "./dom.js";
import { accept, put, remove } from "./gallery.js";
import { expect, say } from "./announce.js";
import { fit } from "./shrink.js";
import { plural, seconds } from "./text.js";

// Two, of the six connections that a browser opens to a server; the others follow what was sent.
const MOST_AT_ONCE = 2;
const ATTEMPTS = 4;
// Seconds, where the service does not say when to come back.
const PAUSE = 2;
// Seconds to wait as the service says: each time, as a limit refills within minutes, and in all for one picture.
const LONGEST_PAUSE = 600;
const LONGEST_WAIT = 3_600;
const MAX_NAME = 255;
// Refusals of a picture that is fine once it is smaller.
const SHRINKABLE = new Set(["image_too_many_pixels", "image_too_expensive"]);

const queue = [];
let sending = 0;
let lastId = 0;
let lastTold = "";

const limit = () => Number(document.body.dataset.maxImageBytes);

/** Take pictures on: the first is sent first, and so ends up below the others, as the history has it. */
export function addPictures(files) {
  if (files.length === 0) return;
  say(`${plural(files.length, "picture", "pictures")} added.`);
  for (const file of files) {
    const entry = {
      id: `local-${++lastId}`, uuid: null, status: "uploading", name: file.name.slice(0, MAX_NAME) || "picture",
      picture: URL.createObjectURL(file), prediction: null, note: "", problem: "", file, attemptKey: randomKey(),
    };
    expect(entry.name);
    put(entry);
    enqueue(entry);
  }
}

/** Send a picture once more that was not accepted. */
export function sendAgain(entry) {
  expect(entry.name);
  put(Object.assign(entry, { status: "uploading", problem: "", note: "", isWaiting: false }));
  enqueue(entry);
}

/** Let go of a picture that is not accepted. */
export function discard(entry) {
  if (entry.status === "uploading") say(`${entry.name} is not sent.`, { instead: entry.name });
  entry.isDiscarded = true;
  URL.revokeObjectURL(entry.picture);
  remove(entry.id);
}

function enqueue(entry) {
  queue.push(entry);
  next();
}

async function next() {
  if (sending >= MOST_AT_ONCE || queue.length === 0) return;
  sending += 1;
  const entry = queue.shift();
  try {
    const prediction = await send(entry);
    lastTold = "";
    if (prediction) accept(entry, prediction);
  } catch (problem) {
    refuse(entry, problem);
  }
  sending -= 1;
  next();
}

async function send(entry, always = false) {
  const { picture, note } = await fit(entry.file, limit(), always);
  put(Object.assign(entry, { note }));
  for (let attempt = 1, waited = 0; !entry.isDiscarded;) {
    try {
      return await submit(picture, entry.name, entry.attemptKey);
    } catch (problem) {
      if (SHRINKABLE.has(problem.code) && !always) return send(entry, true);
      if (!(problem instanceof Problem) || !problem.isPassing || attempt === ATTEMPTS) throw problem;
      // A service that says when to come back is not in trouble, only full or strict.
      if (!problem.retryAfter) attempt += 1;
      waited += problem.retryAfter;
      if (problem.retryAfter > LONGEST_PAUSE || waited > LONGEST_WAIT) throw problem;
      await waitAfter(problem, entry);
    }
  }
  return null;
}

async function waitAfter(problem, entry) {
  const wait = problem.retryAfter || PAUSE;
  put(Object.assign(entry, { note: `${problem.message} Trying again in ${seconds(wait)}.`, isWaiting: true }));
  // Once for all that wait for the same reason.
  if (lastTold !== problem.message) say(entry.note);
  lastTold = problem.message;
  await pause(wait * 1000);
  if (!entry.isDiscarded) put(Object.assign(entry, { note: "", isWaiting: false }));
}

function refuse(entry, problem) {
  const later = problem.retryAfter ? ` It can be sent again in ${seconds(problem.retryAfter)}.` : "";
  put(Object.assign(entry, {
    status: "refused", problem: problem.message + later, canTryAgain: !!(problem.isPassing || problem.isDenied),
  }));
  say(`${entry.name} was not accepted. ${entry.problem}`, { instead: entry.name });
}

/** What tells this submission from any other. `crypto.randomUUID` is only there with HTTPS or on localhost. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

byId("limit").textContent = `Above ${Math.floor(limit() / 1e5) / 10} MB they are shrunk here, before they are sent.`;
