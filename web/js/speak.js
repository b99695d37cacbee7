// What a screen reader is told besides what it finds, and the short notice that everybody sees.

import { byId, show, text } from "./dom.js";

const NOTICE_MS = 6000;

/** Said when the reader has finished its sentence. */
export function say(sentence) {
  replace(byId("polite"), sentence);
}

/** Said at once: a hold won, lost, or about to end. */
export function sayNow(sentence) {
  replace(byId("assertive"), sentence);
}

let timer = null;

/** Shows a short notice at the foot of the page and says it. */
export function notice(sentence) {
  const element = byId("notice");
  text(element, sentence);
  show(element, true);
  say(sentence);
  clearTimeout(timer);
  timer = setTimeout(() => show(element, false), NOTICE_MS);
}

/** Takes the notice away: something newer is on the screen. */
export function hush() {
  show(byId("notice"), false);
}

// The same sentence twice is a change only when the region was empty in between.
function replace(element, sentence) {
  element.textContent = "";
  requestAnimationFrame(() => {
    element.textContent = sentence;
  });
}
