"""A person at a screen: a browser of one's own, with everything noted that went wrong in it."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from endtoend.people import Student

# Told apart in the page itself, since a violation that is only reported would leave no error.
_NOTE_VIOLATIONS = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Visitor:
    """Opens a page in a context of its own: no cookie, storage or cache is shared with another visitor."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        path: str = "/",
        width: int = 390,
        height: int = 844,
        dark: bool = False,
        calm: bool = False,
        touch: bool = False,
        scale: float = 1,
        english: bool = False,
        go: bool = True,
    ):
        self.url = url
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            has_touch=touch,
            device_scale_factor=scale,
            locale="ko-KR",
            # A phone that thinks it is elsewhere is told Korean time all the same.
            timezone_id="America/New_York",
        )
        self.context.add_init_script(_NOTE_VIOLATIONS)
        if english:
            self.context.add_init_script("localStorage.setItem('language', 'en')")
        self._faults: list[str] = []
        self._expected: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._faults.append(f"exception: {error}"))
        if go:
            self.page.goto(url + path)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        address = message.location.get("url", "")
        # Chromium reports every answer that is no success; those a test provokes are named by it.
        if "Failed to load resource" in message.text and any(re.search(each, address) for each in self._expected):
            return
        self._faults.append(f"console: {message.text} ({address})")

    def expect_failure(self, pattern: str = "/api/v1/") -> None:
        """Requests whose address matches may fail in this test: the page is to cope with it."""
        self._expected.append(pattern)

    def close(self) -> list[str]:
        """Ends it; gives what went wrong."""
        try:
            self._faults += [f"policy: {each}" for each in self.page.evaluate("globalThis.violations ?? []")]
        finally:
            self.context.close()
        return self._faults

    # What a person does.

    def sign_in(self, student: Student) -> None:
        """Fills in the form and waits for the map."""
        self.fill_in(student)
        self.page.get_by_role("button", name=re.compile("^(들어가기|Sign in)$")).click()
        expect(self.page.locator(".cell").first).to_be_visible()
        # The page knows what is this student's own.
        expect(self.page.locator("#who")).not_to_be_empty()

    def fill_in(self, student: Student) -> None:
        """Fills in the form."""
        self.page.locator("#student-id").fill(student.student_id)
        self.page.locator("#name").fill(student.name)
        self.page.locator("#phone").fill(student.phone_number)

    def cell(self, locker: int) -> Locator:
        """The button of a locker."""
        return self.page.locator(f'.cell[data-id="{locker}"]')

    def looks(self, locker: int, look: str) -> None:
        """Waits until a locker is shown as free, held, taken, broken, mine-held or mine."""
        expect(self.cell(locker)).to_have_attribute("data-look", look, timeout=15_000)

    def tap_anyway(self, locker: int) -> None:
        """Taps a locker that says it cannot be chosen, as a person would."""
        self.cell(locker).click(force=True)

    def hold(self, locker: int) -> None:
        """Taps a locker and waits until it is held."""
        self.cell(locker).click()
        expect(self.sheet).to_have_attribute("data-mode", "hold")

    @property
    def sheet(self) -> Locator:
        """What rises from the foot of the screen."""
        return self.page.locator("#sheet")

    @property
    def confirm(self) -> Locator:
        return self.page.locator("#confirm")

    @property
    def cancel(self) -> Locator:
        return self.page.locator("#cancel")

    def press_confirm(self) -> None:
        """Confirms, once the sheet no longer takes the press for the second half of a double tap."""
        expect(self.sheet).to_have_attribute("data-ready", "")
        self.confirm.click()

    def rest(self) -> None:
        """Waits until nothing moves any more but what moves for as long as it is there."""
        self.page.wait_for_function(
            "() => document.getAnimations().every((each) => each.playState !== 'running'"
            " || each.effect.getTiming().iterations === Infinity || each.effect.target.closest('.sheet-bar'))"
        )

    def notice(self, words: str | re.Pattern[str]) -> None:
        """Waits for the short notice."""
        expect(self.page.locator("#notice")).to_contain_text(words)

    def seconds_left(self) -> int:
        """The number that runs."""
        return int(re.sub(r"\D", "", self.page.locator("#sheet-seconds").inner_text()))
