// Two languages: Korean first, English by the switch. The choice is kept; it is nothing personal.

import { en } from "./words/en.js";
import { ko } from "./words/ko.js";

const WORDS = { ko, en };
const KEY = "language";

let language = localStorage.getItem(KEY) === "en" ? "en" : "ko";

export function currentLanguage() {
  return language;
}

export function otherLanguage() {
  language = language === "ko" ? "en" : "ko";
  localStorage.setItem(KEY, language);
  return language;
}

/** The sentence for `key` with {names} filled in. */
export function t(key, values = {}) {
  const sentence = WORDS[language][key] ?? ko[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** What a person is told of an ApiError: the server's own sentence in Korean, ours in English. */
export function explain(error) {
  if (language === "ko" && error.message && error.body?.message) return error.body.message;
  const key = `error.${error.code}`;
  return key in WORDS[language] ? t(key) : t("error.unexpected");
}

/** An instant as people in Seoul write it: 3월 2일 (월) 12:00, with the year when it is another one. */
export function instant(milliseconds) {
  const names = { month: language === "ko" ? "numeric" : "short", weekday: "short", year: "numeric", day: "numeric" };
  const format = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", {
    ...names, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Seoul",
  });
  const parts = (at) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, weekday, hour, minute } = parts(milliseconds);
  const other = year !== parts(Date.now()).year;
  return language === "ko"
    ? `${other ? `${year}년 ` : ""}${month}월 ${day}일 (${weekday}) ${hour}:${minute}`
    : `${weekday} ${day} ${month}${other ? ` ${year}` : ""}, ${hour}:${minute}`;
}

/** The second an act was seen, with its thousandths: 12:00:00.123. */
export function exact(milliseconds) {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" };
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "Asia/Seoul" }).format(milliseconds);
}

/** Fills every element that names its sentence in data-t (text) or data-t-label (aria-label). */
export function translate(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}
