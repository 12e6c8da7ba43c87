// Follows predictions until they are final.
//
// A browser opens six connections to a server that speaks HTTP/1.1, for all its tabs together. So only a few
// predictions are followed at a time, the oldest first, as they finish first; a finished one makes room for the
// next. The gallery's own refresh covers the others meanwhile. A hidden tab follows nothing.

import { waitFor } from "./api.js";
import { pause } from "./dom.js";
import { eventsOf } from "./events.js";
import { isAsking } from "./key.js";

const MOST_AT_ONCE = 2;
// A stream begins with the state as it is. One that is silent for so long is held back by a proxy.
const FIRST_EVENT = 5_000;
const TICK = 500;
const POLL_SECONDS = 20;
// A stream that ends early is opened again, with growing pauses if the server ends each at once.
const PAUSE_BETWEEN = 500;
const PAUSE_AFTER_TROUBLE = 2_000;
// Until somebody gives another key, which nobody may ever do.
const PAUSE_WHILE_DENIED = 10_000;

const FINAL = new Set(["succeeded", "failed", "canceled"]);
const wanted = new Set();
const followed = new Map();
let streamsWork = true;
let tell = () => {};
let tellGone = () => {};

export const isFinal = (status) => FINAL.has(status);

/** Be told of each change of what is watched, and of what is not there any more. */
export function startWatching(onChange, onGone) {
  tell = onChange;
  tellGone = onGone;
  document.addEventListener("visibilitychange", () => (document.hidden ? dropAll() : fill()));
}

export function watch(uuid) {
  wanted.add(uuid);
  fill();
}

export function unwatch(uuid) {
  wanted.delete(uuid);
  followed.get(uuid)?.abort();
  followed.delete(uuid);
  fill();
}

function dropAll() {
  for (const follower of followed.values()) follower.abort();
  followed.clear();
}

function fill() {
  if (document.hidden) return;
  const next = [...wanted].filter((uuid) => !followed.has(uuid)).sort();
  for (const uuid of next.slice(0, Math.max(0, MOST_AT_ONCE - followed.size))) {
    const follower = new AbortController();
    followed.set(uuid, follower);
    follow(uuid, follower.signal);
  }
}

async function follow(uuid, signal) {
  while (!signal.aborted) {
    try {
      await (streamsWork ? followStream(uuid, signal) : poll(uuid, signal));
    } catch (problem) {
      if (signal.aborted) return;
      if (problem.status === 404) {
        unwatch(uuid);
        tellGone(uuid);
      }
      await pause(problem.isDenied ? PAUSE_WHILE_DENIED : PAUSE_AFTER_TROUBLE);
    }
    await pause(PAUSE_BETWEEN);
  }
}

async function followStream(uuid, signal) {
  const patience = new AbortController();
  let silent = 0;
  const timer = setInterval(() => {
    silent = isAsking() ? 0 : silent + TICK; // it takes long to type a key
    if (silent >= FIRST_EVENT) patience.abort();
  }, TICK);
  let isAlive = false;
  try {
    for await (const { data } of eventsOf(`predictions/${uuid}/events`, AbortSignal.any([signal, patience.signal]))) {
      isAlive = true;
      clearInterval(timer);
      hear(JSON.parse(data));
      if (signal.aborted) return;
    }
  } catch (problem) {
    if (problem.status === 404 || problem.isDenied) throw problem;
    streamsWork = isAlive || signal.aborted;
  } finally {
    clearInterval(timer);
  }
}

async function poll(uuid, signal) {
  hear(await waitFor(uuid, POLL_SECONDS, signal));
}

function hear(prediction) {
  if (isFinal(prediction.status)) unwatch(prediction.uuid);
  tell(prediction);
}
