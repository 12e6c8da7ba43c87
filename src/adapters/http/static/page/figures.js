// How much there is to do and how fast it is done, counted from the newest predictions that the service lists and,
// where they are more than that, by the queue.

import * as api from "./api.js";
import { byId, part, setText } from "./dom.js";
import { count, seconds } from "./text.js";

// Maximum page size of the list; more are shown as "and more".
const MOST = 100;
const MINUTE = 60_000;

const atMost = (predictions) => (predictions.length < MOST ? count(predictions.length) : `${MOST}+`);

/** The queue knows only what no worker has taken yet, which in a long one is nearly all of it. */
const waiting = (predictions, { waiting: inQueue = 0 }) =>
  predictions.length < MOST || inQueue < MOST ? atMost(predictions) : count(inQueue);

export async function showFigures(queue) {
  const lists = ["queued", "processing", "succeeded"].map((status) => api.list({ status, limit: MOST }));
  const [queued, processing, succeeded] = await Promise.all(lists);
  const show = (name, text) => setText(part(byId("figures"), name), text);
  show("waiting", waiting(queued.predictions, queue));
  show("working", atMost(processing.predictions));
  show("rate", rate(succeeded));
  show("time", typicalTime(succeeded.predictions));
}

/** Done within the last minute; where the list is too short to tell, at the pace that it shows. */
function rate({ predictions, now }) {
  const moments = predictions.map(({ finished_at: finished }) => Date.parse(finished)).sort((a, b) => b - a);
  const recent = moments.filter((moment) => moment > now - MINUTE);
  if (recent.length < MOST) return count(recent.length);
  const span = Math.max(1000, recent[0] - recent.at(-1));
  return count(Math.round((recent.length * MINUTE) / span));
}

/** The median from the submission to the label. */
function typicalTime(predictions) {
  if (predictions.length === 0) return "–";
  const times = predictions.map(({ created_at: from, finished_at: to }) => Date.parse(to) - Date.parse(from));
  return seconds(times.sort((a, b) => a - b)[times.length >> 1] / 1000);
}
