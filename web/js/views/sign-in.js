// The sign-in. A first visit is registered only after the student looked at the details once more: a mistyped 학번
// must not become an account of its own.

import { send } from "../api.js";
import { attr, byId, show, text } from "../dom.js";
import { explain, t } from "../i18n.js";
import { notice, sayNow } from "../speak.js";

const RULES = {
  student_id: { input: "student-id", wrong: "signIn.studentId.wrong", ok: (value) => /^\d{10}$/.test(value) },
  name: { input: "name", wrong: "signIn.name.wrong", ok: (value) => count(value) >= 2 && count(value) <= 20 },
  phone_number: { input: "phone", wrong: "signIn.phone.wrong", ok: (value) => /^\d{10,15}$/.test(value) },
};

/** Wires the form; `signedIn(tokens)` is called once it succeeded. */
export function wireSignIn(signedIn) {
  const form = byId("sign-in-form");
  let busy = false;

  async function submit(path) {
    if (busy) return;
    const student = read();
    const wrong = check(student);
    if (wrong) {
      wrong.focus();
      return;
    }
    busy = true;
    working(true);
    try {
      const { body, status } = await send("POST", path, { body: student });
      clear(form);
      if (status === 201) notice(t("signIn.registered"));
      signedIn(body);
    } catch (error) {
      fail(explain(error));
      // Only a stranger is offered to register; the server answers a wrong phone number in the same way.
      show(byId("first-time"), path === "/auth/login" && error.code === "invalid_credentials");
    } finally {
      busy = false;
      working(false);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit("/auth/login");
  });
  byId("register").addEventListener("click", () => submit("/auth/login-or-register"));
  form.addEventListener("input", (event) => {
    mark(event.target, null);
    show(byId("first-time"), false);
    show(byId("sign-in-error"), false);
  });
}

/** Shown above the form when a session has ended. */
export function explainSignIn(sentence) {
  fail(sentence);
}

function read() {
  const digits = (value) => value.replace(/[\s\-().]/g, "");
  return {
    student_id: digits(byId("student-id").value),
    name: byId("name").value.trim(),
    phone_number: digits(byId("phone").value),
  };
}

// As a person counts: a composed syllable or an emoji is one.
function count(value) {
  return [...new Intl.Segmenter("ko", { granularity: "grapheme" }).segment(value)].length;
}

// Marks every wrong field and gives the first of them.
function check(student) {
  let first = null;
  for (const [field, rule] of Object.entries(RULES)) {
    const input = byId(rule.input);
    const wrong = rule.ok(student[field]) ? null : rule.wrong;
    mark(input, wrong);
    if (wrong && !first) first = input;
  }
  return first;
}

function mark(input, wrong) {
  const error = byId(`${input.id}-error`);
  attr(input, "aria-invalid", wrong ? "true" : null);
  error.dataset.key = wrong ?? "";
  text(error, wrong ? t(wrong) : "");
  show(error, wrong !== null);
}

function fail(sentence) {
  text(byId("sign-in-error"), sentence);
  show(byId("sign-in-error"), true);
  sayNow(sentence);
}

function working(is) {
  const button = byId("sign-in-go");
  attr(button, "aria-disabled", is ? "true" : null);
  text(button, t(is ? "signIn.going" : "signIn.go"));
}

function clear(form) {
  form.reset();
  for (const rule of Object.values(RULES)) mark(byId(rule.input), null);
  show(byId("sign-in-error"), false);
  show(byId("first-time"), false);
}
