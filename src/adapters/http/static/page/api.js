// Speaks HTTP to the service. Every refusal becomes a Problem, whose message is meant for people.

import { askForKey, currentKey } from "./key.js";

// Where the service is found, also behind a proxy that puts a prefix before its paths.
const ROOT = new URL("..", import.meta.url);

// Longer than any answer takes that is still to come; a longer silence is a lost connection.
const PATIENCE = 30_000;

export class Problem extends Error {
  constructor(message, { status = 0, code = "", retryAfter = 0 } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may well succeed a little later. */
  get isPassing() {
    return [0, 408, 429, 502, 503, 504].includes(this.status);
  }

  /** Whether another key is needed. */
  get isDenied() {
    return [401, 403].includes(this.status);
  }
}

export const address = (path) => new URL(path, ROOT).href;

/** The answer to a request; asks for a key where one is needed. */
export async function request(path, options = {}) {
  for (;;) {
    const key = currentKey();
    const response = await send(path, options, key);
    if (response.ok) return response;
    const problem = await problemIn(response);
    // Only what somebody does has a method of its own; the page itself merely looks.
    if (response.status !== 401 || !(await askForKey(key, "method" in options))) throw problem;
  }
}

async function send(path, { headers = {}, signal, ...options }, key) {
  const authorization = key === null ? {} : { Authorization: `Bearer ${key}` };
  try {
    return await fetch(address(path), {
      ...options,
      headers: { Accept: "application/json", ...headers, ...authorization },
      signal: signal ?? AbortSignal.timeout(PATIENCE),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("The service cannot be reached.", { code: "unreachable" });
  }
}

async function problemIn(response) {
  const content = await response.json().catch(() => ({}));
  if (content.code === "api_key_missing") content.detail = "This service needs an API key."; // it tells programs more
  const reasons = (content.errors ?? []).map((error) => error.message).join(" ");
  return new Problem(reasons || content.detail || `The service answered with ${response.status}.`, {
    status: response.status,
    code: content.code,
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
  });
}

const json = async (path, options) => (await request(path, options)).json();

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

export function submit(picture, name, attemptKey) {
  return json(`inference/image?${query({ name })}`, {
    method: "POST",
    body: picture,
    // The same picture sent again after a lost answer must not become a second prediction.
    headers: { "Content-Type": picture.type, "Idempotency-Key": attemptKey },
  });
}

/** One page of predictions, the newest first, and where the next one begins. */
export async function list({ status = "", limit = 24, cursor = "" } = {}) {
  const response = await request(`predictions?${query({ status, limit, cursor })}`);
  const { predictions, next } = await response.json();
  return { predictions, next, now: Date.parse(response.headers.get("Date")) || Date.now() };
}

export const waitFor = (uuid, seconds, signal) => json(`predictions/${uuid}?wait=${seconds}`, { signal });
export const cancel = (uuid) => json(`predictions/${uuid}/cancel`, { method: "POST" });
export const retry = (uuid) => json(`predictions/${uuid}/retry`, { method: "POST" });
export const remove = (uuid) => request(`predictions/${uuid}`, { method: "DELETE" });

/** How much waits, and for how many workers; nothing while nobody knows, or where the key may not. */
export const queue = () => json("queue").catch((problem) => {
  if (problem.isPassing || problem.status === 403) return {};
  throw problem;
});

/** What is the matter with the service, by part where the key may see the parts; nothing when it is ready. */
export async function troubles() {
  const response = await send("health/ready", {}, currentKey());
  const { checks = {} } = await response.json().catch(() => ({}));
  const found = Object.values(checks).filter((check) => check !== "ok");
  return found.length === 0 && response.status >= 500 ? ["The service is not ready."] : found;
}

/**
 * Where an element finds a prediction's picture. An element cannot send a key, so with one it is fetched: whoever gets
 * a `blob:` URL revokes it in the end.
 */
export function pictureAddress(uuid) {
  const path = `predictions/${uuid}/image`;
  return currentKey() === null ? address(path) : fetched(path);
}

// One after the other, for the sake of the six connections.
let last = Promise.resolve();

function fetched(path) {
  const picture = last.then(async () => URL.createObjectURL(await (await request(path)).blob()));
  last = picture.catch(() => {});
  return picture;
}
