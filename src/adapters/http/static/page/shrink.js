// Makes a picture fit for the service: telephones take pictures of several megabytes, and some in formats of their own.

import { Problem } from "./api.js";
import { bytes } from "./text.js";

const TAKEN = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"]);
// Far more than any model looks at (300 pixels or less), and a good picture for people.
const LONGEST_SIDE = 1600;
const SHORTEST = 200;
const QUALITY = 0.88;

const NOT_A_PICTURE = "This is not a picture that the browser can open. Send a JPEG, PNG, WebP, GIF or BMP.";

/**
 * The picture as the service takes it.
 *
 * @param {File} file
 * @param {number} limit the most bytes that are taken
 * @param {boolean} always shrink it also where it is small enough
 * @returns {Promise<{picture: Blob, note: string}>} the note says what was changed, if anything
 */
export async function fit(file, limit, always = false) {
  if (!always && file.size <= limit && TAKEN.has(file.type)) return { picture: file, note: "" };
  const bitmap = await open(file);
  const picture = await shrink(bitmap, limit);
  bitmap.close();
  const what = file.size > limit || always ? "Shrunk" : "Converted to JPEG";
  return { picture, note: `${what} here before sending: ${bytes(file.size)} → ${bytes(picture.size)}.` };
}

async function open(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Problem(NOT_A_PICTURE, { status: 415, code: "not_a_picture" });
  }
}

async function shrink(bitmap, limit) {
  const longest = Math.max(bitmap.width, bitmap.height);
  for (let side = Math.min(longest, LONGEST_SIDE); ; side *= 0.75) {
    const picture = await draw(bitmap, side / longest);
    if (picture.size <= limit || side <= SHORTEST) return picture;
  }
}

function draw(bitmap, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  // JPEG knows no transparency; without this it would become black.
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
}
