// The labels of a prediction as bars.

import { copyOf, part, setText } from "./dom.js";
import { share } from "./text.js";

/** Show these labels in a list; the elements that are there already stay. */
export function showBars(list, labels) {
  while (list.children.length > labels.length) list.lastElementChild.remove();
  labels.forEach(({ label, score }, place) => {
    const row = list.children[place] ?? list.appendChild(copyOf("bar-template"));
    setText(part(row, "what"), label);
    setText(part(row, "share"), share(score));
    // A property and not an attribute: the page's policy forbids style attributes.
    row.style.setProperty("--share", `${score * 100}%`);
  });
}
