// Small helpers around the document.

export const byId = (id) => document.getElementById(id);

/** The part of `root` with this name. */
export const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

/** A fresh copy of the only element in a template. */
export const copyOf = (template) => byId(template).content.firstElementChild.cloneNode(true);

/** Set the text of an element, and touch the document only where it changes. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show a text, or hide its element where there is none. */
export function setNote(element, text) {
  setText(element, text ?? "");
  element.hidden = !text;
}

export const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
