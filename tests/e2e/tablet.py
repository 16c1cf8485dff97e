"""A surveyor's tablet: a browser with a folder of its own that can lose its network, its power and its session."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, Error, Page, expect

from tests.e2e.conftest import AXE, FLAGS

CODE = "besøg-2026-kode"
PASSWORD = "prøve-kodeord-1"
THERE = "(rest) => document.activeElement === document.querySelector('main') && location.hash === rest"
KEPT = """async () => {
    const found = {};
    const opened = await new Promise((done, failed) => {
        const asked = indexedDB.open("kip-visit");
        asked.onsuccess = () => done(asked.result);
        asked.onerror = failed;
    });
    for (const name of opened.objectStoreNames) {
        found[name] = await new Promise((done) => {
            const asked = opened.transaction(name).objectStore(name).getAllKeys();
            asked.onsuccess = () => done(asked.result.map(String));
        });
    }
    opened.close();
    return found;
}"""


class Tablet:
    """Everything is found by what it is, not by words, so that the language does not matter."""

    def __init__(self, kind: BrowserType, folder: Path, server: str, survey: int) -> None:
        self.kind, self.folder, self.server, self.survey = kind, folder, server, survey
        self.errors: list[str] = []
        self.start()

    def start(self, *, offline: bool = False) -> None:
        self.context: BrowserContext = self.kind.launch_persistent_context(
            str(self.folder), executable_path=shutil.which("chromium"), args=FLAGS, base_url=self.server, locale="da-DK",
            viewport={"width": 820, "height": 1180}, has_touch=True, offline=offline, headless=True,
        )  # fmt: skip
        self.context.add_init_script(path=AXE)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)

    def kill(self) -> None:
        """The battery is empty: every process of this browser ends at once."""
        ours = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(self.folder).encode() in _read(path)]
        for path in ours:
            try:
                os.kill(int(path.parent.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.5)
        with suppress(Error):
            self.context.close()

    def close(self) -> None:
        self.context.close()

    def sign_in(self, email: str) -> None:
        self.page.goto("/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form[action='/konto/login/'] button[type=submit]")
        self.page.wait_for_url("**/")

    def open(self, rest: str = "") -> None:
        self.page.goto(f"/besoeg/enhed/da/#/{self.survey}{rest}")

    def download(self) -> None:
        self.page.goto(f"/besoeg/{self.survey}/")
        self.page.click("a[href$='/hent']")
        for place in (0, 1):
            self.page.locator("input[type=password]").nth(place).fill(CODE)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_selector(".visit-tabs")

    def unlock(self, code: str = CODE) -> None:
        self.page.fill("main input[type=password]", code)
        self.page.click("main form button[type=submit]")

    def reload(self) -> None:
        self.page.reload()
        self.unlock()
        self.page.wait_for_selector(".visit-tabs")

    def go(self, rest: str) -> None:
        """Another screen, by its address, as a tap on its link does."""
        if self.page.evaluate("() => location.hash") == f"#/{self.survey}{rest}":
            return
        self.page.evaluate("(rest) => { location.hash = rest; }", f"#/{self.survey}{rest}")
        self.page.wait_for_function(THERE, arg=f"#/{self.survey}{rest}")

    def rate(self, number: str, step: int, reason: str = "") -> None:
        """Tap a step of the scale and write why."""
        self.go(f"/p/{number}")
        self.page.locator(".visit-step input").nth(step).check(force=True)
        if reason:
            self.page.locator(".visit-scale ~ .form-group textarea").fill(reason)

    def note(self, text: str) -> None:
        self.page.locator(".visit-noteform textarea").fill(text)
        self.page.locator(".visit-noteform button.button-secondary").click()

    @property
    def saved(self):  # type: ignore[no-untyped-def]  # playwright's own assertion object
        return expect(self.page.locator("#saved-state"))

    def shows(self, **counts: object) -> None:
        """What the line at the top says: waiting, conflicts, drafts, fault."""
        for name, value in counts.items():
            self.saved.to_have_attribute(f"data-{name}", str(value), timeout=15000)

    def offline(self, off: bool = True) -> None:
        self.context.set_offline(off)

    def kept(self) -> dict[str, list[str]]:
        """Keys of what the browser's store holds."""
        found: dict[str, list[str]] = self.page.evaluate(KEPT)
        return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
