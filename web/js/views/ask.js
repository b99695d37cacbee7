// A question before what cannot be undone. Resolves to whether the answer was yes.

import { byId, text } from "../dom.js";

export function ask({ title, body, yes, no }) {
  const dialog = byId("ask");
  text(byId("ask-title"), title);
  text(byId("ask-text"), body);
  text(byId("ask-yes"), yes);
  text(byId("ask-no"), no);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
