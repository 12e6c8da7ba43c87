// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en");
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const STATES = {
  uploading: "Sending",
  refused: "Not accepted",
  queued: "Waiting",
  processing: "In work",
  succeeded: "Done",
  failed: "Failed",
  canceled: "Canceled",
};

export const count = (number) => whole.format(number);

/** A score between 0 and 1. Neither certainty nor impossibility is claimed by rounding. */
export function share(score) {
  if (score < 0.01) return "< 1 %";
  return `${Math.min(99, Math.round(score * 100))} %`;
}

export function bytes(number) {
  if (number < 1000) return `${number} bytes`;
  return number < 1e6 ? `${Math.round(number / 1000)} kB` : `${tenths.format(number / 1e6)} MB`;
}

export function seconds(number) {
  if (number < 1) return `${Math.max(1, Math.round(number * 1000))} ms`;
  if (number < 100) return `${tenths.format(number)} s`;
  return `${whole.format(Math.round(number / 60))} min`;
}

/** How long ago a moment was, in one unit. */
export function ago(moment, now = Date.now()) {
  const passed = Math.max(0, (now - moment.getTime()) / 1000);
  if (passed < 45) return "just now";
  if (passed < 45 * 60) return relative.format(-Math.round(passed / 60), "minute");
  if (passed < 22 * 3600) return relative.format(-Math.round(passed / 3600), "hour");
  return relative.format(-Math.round(passed / 86400), "day");
}

export const atTime = (moment) => exact.format(moment);

export const plural = (number, one, many) => (number === 1 ? `one ${one}` : `${count(number)} ${many}`);
