// Short messages about what did not work. They are read out, and go away by themselves.

import { byId } from "./dom.js";

// Time to read two sentences twice.
const SHOWN = 8_000;

export function toast(message) {
  const note = document.createElement("p");
  note.textContent = message;
  byId("toasts").append(note);
  setTimeout(() => note.remove(), SHOWN);
}
