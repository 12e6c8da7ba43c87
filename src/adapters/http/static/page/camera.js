// Takes pictures with the camera: in the page where the browser lets us, with the device's own application otherwise.

import { byId, part } from "./dom.js";

const QUALITY = 0.9;
const REASONS = {
  NotAllowedError: "The browser does not let this page use the camera. You can allow it in the address bar.",
  NotFoundError: "There is no camera here.",
  NotReadableError: "Another program uses the camera.",
};

let stream = null;
let facing = "environment";
let shots = 0;

/** Call `take` with each picture that is taken. */
export function openCamera(take) {
  const dialog = byId("camera-dialog");
  const on = (name, act) => dialog.querySelector(`[data-action="${name}"]`).addEventListener("click", act);

  byId("camera").addEventListener("click", () => {
    // Browsers give the camera only to pages from HTTPS or from this very machine.
    if (!navigator.mediaDevices?.getUserMedia) return byId("snapshot").click();
    dialog.showModal();
    return begin(dialog);
  });
  on("shoot", async () => take([await shoot(part(dialog, "video"))]));
  on("shoot", () => { part(dialog, "text").textContent = "Taken. It is with the others behind this window."; });
  on("turn", () => {
    facing = facing === "user" ? "environment" : "user";
    begin(dialog);
  });
  on("instead", () => byId("snapshot").click());
  on("close", () => dialog.close());
  dialog.addEventListener("close", end);
}

async function begin(dialog) {
  end();
  const button = (name) => dialog.querySelector(`[data-action="${name}"]`);
  const [text, shutter, instead] = [part(dialog, "text"), button("shoot"), button("instead")];
  shutter.disabled = true;
  instead.hidden = true;
  text.textContent = "Waiting for the camera…";
  try {
    const given = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: 1280 } });
    if (!dialog.open) return given.getTracks().forEach((track) => track.stop());
    stream = given;
    part(dialog, "video").srcObject = stream;
    await part(dialog, "video").play();
    text.textContent = "";
    shutter.disabled = false;
    shutter.focus();
    await offerOthers(dialog);
  } catch (error) {
    text.textContent = REASONS[error.name] ?? "The camera cannot be used.";
    instead.hidden = false;
  }
  return undefined;
}

async function offerOthers(dialog) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter(({ kind }) => kind === "videoinput");
  dialog.querySelector('[data-action="turn"]').hidden = cameras.length < 2;
}

function end() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

function shoot(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const name = `camera-${++shots}.jpg`;
  return new Promise((done) => {
    canvas.toBlob((blob) => done(new File([blob], name, { type: "image/jpeg" })), "image/jpeg", QUALITY);
  });
}
