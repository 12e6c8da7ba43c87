// Sends pictures, a few at a time, and keeps trying where that helps.

import { Problem, submit } from "./api.js";
import { byId, pause } from "./dom.js";
import { accept, put, remove } from "./gallery.js";
import { expect, say } from "./announce.js";
import { fit } from "./shrink.js";
import { plural } from "./text.js";

// Two, of the six connections that a browser opens to a server; the others follow what was sent.
const MOST_AT_ONCE = 2;
const ATTEMPTS = 4;
// Seconds, where the service does not say when to come back.
const PAUSE = 2;
const LONGEST_PAUSE = 30;
const MAX_NAME = 255;
// Refusals of a picture that is fine once it is smaller.
const SHRINKABLE = new Set(["image_too_many_pixels", "image_too_expensive"]);

const queue = [];
let sending = 0;
let lastId = 0;

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
  put(Object.assign(entry, { status: "uploading", problem: "", note: "" }));
  enqueue(entry);
}

/** Let go of a picture that was not accepted. */
export function discard(entry) {
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
    accept(entry, await send(entry));
  } catch (problem) {
    put(Object.assign(entry, { status: "refused", problem: problem.message, canTryAgain: !!problem.isPassing || problem.status === 401 }));
    say(`${entry.name} was not accepted. ${problem.message}`, { instead: entry.name });
  }
  sending -= 1;
  next();
}

async function send(entry, always = false) {
  const { picture, note } = await fit(entry.file, limit(), always);
  put(Object.assign(entry, { note }));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await submit(picture, entry.name, entry.attemptKey);
    } catch (problem) {
      if (SHRINKABLE.has(problem.code) && !always) return send(entry, true);
      if (!(problem instanceof Problem) || !problem.isPassing || attempt === ATTEMPTS) throw problem;
      await waitAfter(problem, entry);
    }
  }
}

async function waitAfter(problem, entry) {
  const seconds = Math.min(LONGEST_PAUSE, problem.retryAfter || PAUSE);
  put(Object.assign(entry, { note: `${problem.message} Trying again in ${seconds} s.` }));
  await pause(seconds * 1000);
  put(Object.assign(entry, { note: "" }));
}

/** What tells this submission from any other. `crypto.randomUUID` is only there with HTTPS or on localhost. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

byId("limit").textContent = `Above ${Math.floor(limit() / 1e5) / 10} MB they are shrunk here, before they are sent.`;
