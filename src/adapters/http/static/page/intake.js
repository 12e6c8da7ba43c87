// The ways in: drop, paste, choose, or take our examples.

import { address } from "./api.js";
import { byId } from "./dom.js";

const EXAMPLES = ["cat", "coffee", "camera"];

/** Call `take` with the files, however they come. */
export function openWaysIn(take) {
  choose("choose", "files", take);
  choose(null, "snapshot", take);
  byId("examples").addEventListener("click", async () => take(await Promise.all(EXAMPLES.map(example))));
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      take(files);
    }
  });
  openForDrops(take);
}

function choose(button, input, take) {
  const field = byId(input);
  if (button) byId(button).addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    take([...field.files]);
    field.value = ""; // so that the same file can be chosen again
  });
}

async function example(name) {
  const response = await fetch(address(`page/example-${name}.jpg`));
  return new File([await response.blob()], `${name}.jpg`, { type: "image/jpeg" });
}

function openForDrops(take) {
  // `dragenter` and `dragleave` come for every element on the way; only the balance tells in from out.
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const isOver = (over) => document.body.classList.toggle("dropping", over);

  document.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) isOver(++depth > 0);
  });
  document.addEventListener("dragleave", (event) => {
    if (carriesFiles(event)) isOver(--depth > 0);
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    isOver((depth = 0) > 0);
    take([...event.dataTransfer.files]);
  });
}
