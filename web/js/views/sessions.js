// Where the student is signed in, and the way to end a sign-in elsewhere. Asked for only when it is looked at.

import { byId, h, show } from "../dom.js";
import { explain, instant, t } from "../i18n.js";
import { notice } from "../speak.js";

const DEVICES = [["iPhone", /iPhone/], ["iPad", /iPad/], ["Android", /Android/], ["Windows", /Windows/], ["Mac", /Macintosh/], ["Linux", /Linux/]];

/** `list()` fetches the sessions into the store, `end(id)` ends one, `endAll()` all of them. */
export function wireSessions({ list, end, endAll }) {
  const details = byId("sessions");
  details.addEventListener("toggle", () => details.open && attempt(list));
  byId("sessions-list").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-session]");
    if (button) attempt(() => end(button.dataset.session).then(list));
  });
  byId("sign-out-all").addEventListener("click", () => attempt(endAll));
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    notice(explain(error));
  }
}

export function drawSessions({ signedIn, sessions }) {
  const details = byId("sessions");
  show(details, signedIn);
  if (!signedIn) details.open = false;
  byId("sessions-list").replaceChildren(...(signedIn && sessions ? sessions.map(row) : []));
}

function row({ id, current, started_at, user_agent, network }) {
  const device = DEVICES.find(([, pattern]) => pattern.test(user_agent ?? ""))?.[0] ?? t("sessions.device");
  const since = t("sessions.since", { time: instant(Date.parse(started_at)) });
  const what = h(
    "p",
    {},
    h("b", {}, device),
    h("span", { class: "quiet" }, network ? `${since} · ${network}` : since),
  );
  const end = h("button", { class: "secondary", type: "button", "data-session": id }, t("sessions.end"));
  end.setAttribute("aria-label", `${t("sessions.end")}: ${device}, ${since}`);
  return h("li", { class: "session" }, what, current ? h("span", { class: "badge" }, t("sessions.here")) : end);
}
