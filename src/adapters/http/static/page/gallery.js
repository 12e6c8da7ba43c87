// The pictures on the page, the newest first: those sent from here, and those that the service has.

import * as api from "./api.js";
import { tellEnd } from "./announce.js";
import { makeCard, showAge, showCard } from "./card.js";
import { byId } from "./dom.js";
import { isFinal, unwatch, watch } from "./watch.js";

const PAGE = 24;
// Most predictions that the service lists at once.
const MOST = 100;

const entries = new Map(); // by id: the uuid, or a local one until there is a uuid
const cards = new Map();
const ownPictures = new Map(); // what was sent from here needs no loading
const listeners = new Set();
const list = byId("gallery");
let filter = "";
let cursor = null;
let generation = 0;
let changes = 0;
let seen = 0;

export const entryOf = (id) => entries.get(id);
export const idOf = (element) => element.closest(".card")?.dataset.id;
export const onUpdate = (listener) => listeners.add(listener);
const hasUnfinished = () => [...entries.values()].some((entry) => entry.uuid !== null && !isFinal(entry.status));

/** Whether something is under way, or has changed since the last refresh. */
export const isLively = () => hasUnfinished() || changes > seen;

/** The entry before (-1) or after (1) another one, as they are shown. */
export function neighbour(id, step) {
  const card = cards.get(id);
  const other = step < 0 ? card?.previousElementSibling : card?.nextElementSibling;
  if (!other) return undefined;
  const entry = entries.get(other.dataset.id);
  return entry.uuid === null ? neighbour(entry.id, step) : entry;
}

/** Show an entry as it is now, or hide it where the filter does not want it. */
export function put(entry) {
  entries.set(entry.id, entry);
  entry.changed = ++changes;
  if (filter === "" || entry.status === filter) showCard(cards.get(entry.id) ?? bringIn(entry), entry);
  else takeOut(entry.id);
  settle(entry);
}

/** What became of a picture that was sent. */
export function accept(entry, prediction) {
  takeOut(prediction.uuid); // a refresh may have been faster than the answer
  release(entries.get(prediction.uuid));
  entries.delete(entry.id);
  ownPictures.set(prediction.uuid, entry.picture);
  const card = cards.get(entry.id);
  cards.delete(entry.id);
  Object.assign(entry, { id: prediction.uuid, uuid: prediction.uuid, file: null });
  if (card) {
    cards.set(entry.id, card);
    card.dataset.id = entry.id;
  }
  hear(prediction, entry);
}

/** Show a prediction as the service tells it. */
export function hear(prediction, entry = entries.get(prediction.uuid)) {
  const { uuid, name, status } = prediction;
  const known = entry ?? { id: uuid, uuid, note: "", problem: "", picture: ownPictures.get(uuid) ?? null };
  const ended = isFinal(status) && known.prediction?.status !== status;
  put(Object.assign(known, { name, status, prediction }));
  if (ended) tellEnd(prediction);
  if (isFinal(status)) unwatch(uuid);
  else watch(uuid);
  if (known.picture === null) load(known);
}

/** Forget an entry; whoever had the focus on it finds it on the next one. */
export function remove(id) {
  const card = cards.get(id);
  const hadFocus = card?.contains(document.activeElement);
  const next = card?.nextElementSibling ?? card?.previousElementSibling;
  if (entries.get(id)?.uuid) unwatch(id);
  takeOut(id);
  const entry = entries.get(id);
  entries.delete(id);
  ownPictures.delete(id);
  release(entry);
  if (hadFocus) (next?.querySelector("button:enabled:not([hidden])") ?? byId("pictures")).focus();
  settle();
}

/** Show only what has this status; "" shows everything. */
export async function show(status) {
  filter = status;
  generation += 1;
  cursor = null;
  byId("more").hidden = true;
  for (const [id, entry] of entries) {
    if (entry.uuid !== null) {
      entries.delete(id);
      release(entry);
    }
    takeOut(id);
  }
  for (const entry of entries.values()) put(entry);
  await older();
}

/** Show the next page. */
export async function older() {
  const asked = generation;
  const page = await api.list({ status: filter, limit: PAGE, cursor: cursor ?? "" });
  if (asked !== generation) return;
  cursor = page.next;
  page.predictions.forEach((prediction) => hear(prediction));
  byId("more").hidden = !cursor;
  settle();
}

/** Look what is new, what has changed and what is gone. */
export async function refresh() {
  const [asked, then] = [generation, changes];
  const before = [...cards.keys()].filter((id) => entries.get(id).uuid !== null);
  const limit = hasUnfinished() ? Math.min(MOST, Math.max(PAGE, before.length)) : PAGE;
  const { predictions } = await api.list({ status: filter, limit });
  if (asked !== generation) return;
  // What has changed since the question is known better than the answer tells it.
  const isNews = ({ uuid }) => !(entries.get(uuid)?.changed > then);
  predictions.filter(isNews).forEach((prediction) => hear(prediction));
  const listed = new Set(predictions.map(({ uuid }) => uuid));
  const oldest = predictions.length < limit ? "" : predictions.at(-1).uuid;
  before.filter((id) => id > oldest && !listed.has(id)).forEach(remove);
  for (const [id, card] of cards) showAge(card, entries.get(id));
  seen = changes;
}

async function load(entry) {
  if (entry.isLoading) return;
  entry.isLoading = true;
  try {
    entry.picture = await api.pictureAddress(entry.uuid);
  } catch (problem) {
    // The frame stays empty, and the next refresh tries again, unless there is no picture.
    if (problem.status === 404) entry.picture = "";
  }
  entry.isLoading = false;
  if (entries.get(entry.id) !== entry) release(entry);
  else if (cards.has(entry.id)) {
    showCard(cards.get(entry.id), entry);
    settle(entry);
  }
}

/** Let go of the picture of an entry that is gone, unless another one will show it again. */
function release(entry) {
  if (entry?.picture?.startsWith("blob:") && ownPictures.get(entry.id) !== entry.picture) {
    URL.revokeObjectURL(entry.picture);
  }
}

function bringIn(entry) {
  const card = makeCard();
  card.dataset.id = entry.id;
  cards.set(entry.id, card);
  list.insertBefore(card, firstOlderThan(entry));
  return card;
}

function firstOlderThan({ uuid }) {
  if (uuid === null) return list.firstElementChild;
  const isOlder = ({ dataset }) => entries.get(dataset.id)?.uuid && dataset.id < uuid;
  return [...list.children].find(isOlder) ?? null;
}

function takeOut(id) {
  cards.get(id)?.remove();
  cards.delete(id);
}

function settle(entry) {
  const empty = byId("empty");
  empty.hidden = cards.size > 0;
  if (cards.size === 0) empty.textContent = filter === "" ? "No pictures yet. The first one is yours." : "None at the moment.";
  listeners.forEach((listener) => listener(entry));
}
