"""Firefox, driven by WebDriver BiDi, which it speaks by itself: no driver has to be installed.

Only what the tests need: open an address, evaluate an expression, await a condition, and act with mouse and keyboard.
"""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.servers.server import dying_with_parent

__all__ = ["ENTER", "FIREFOX", "Firefox", "firefox"]

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
ENTER = "\ue007"
"""The key, in a text that is typed."""
PATIENCE = 60.0
"""Seconds for anything that a page shows at last."""
AWAITED = """new Promise((found, failed) => {
    const end = performance.now() + %d
    const look = () => {
        const value = %s
        if (value) found(JSON.stringify(value))
        else if (performance.now() > end) failed(new Error("It never came: " + %s))
        else requestAnimationFrame(look)
    }
    look()
})"""
Point = tuple[float, float]


class Firefox:
    """One window of Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, count(1)
        self.faults: list[str] = []
        """The errors of the pages."""
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        self._window = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; meanwhile note the errors of the page."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("method") == "log.entryAdded" and told["params"]["level"] == "error":
                self.faults.append(told["params"]["text"])
            if told.get("id") == number:
                if told["type"] == "error":
                    raise AssertionError(f"{method}: {told['message']}")
                return dict(told["result"])

    def open(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        self.command("browsingContext.navigate", context=self._window, url=address, wait="complete")

    def wait(self, expression: str) -> Any:
        """Wait until an expression is true on the page, and return its value."""
        script = AWAITED % (PATIENCE * 1000 / 2, expression, json.dumps(expression))
        answer = self.command("script.evaluate", expression=script, target={"context": self._window}, awaitPromise=True)
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def middle(self, selector: str) -> Point:
        """Wait for an element, bring it into sight, and return its middle."""
        x, y = self.wait(
            f"""(() => {{
                const one = document.querySelector({json.dumps(selector)})
                if (!one) return null
                if (!one.closest("saga-drawing")) one.scrollIntoView({{block: "center", behavior: "instant"}})
                const box = one.getBoundingClientRect()
                return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null
            }})()"""
        )
        return x, y

    def mouse(self, *acts: Point | str) -> None:
        """Move the mouse to points, and press (``down``) or release (``up``) its button in between."""
        kinds = {"down": "pointerDown", "up": "pointerUp"}
        actions = [
            {"type": kinds[act], "button": 0}
            if isinstance(act, str)
            else {"type": "pointerMove", "x": round(act[0]), "y": round(act[1]), "duration": 50}
            for act in acts
        ]
        source = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self.command("input.performActions", context=self._window, actions=[source])

    def click(self, selector: str) -> None:
        """Click the middle of an element."""
        self.mouse(self.middle(selector), "down", "up")

    def type(self, text: str, *, into: str = "") -> None:
        """Type a text; ``into``: click this element first."""
        if into:
            self.click(into)
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.command(
            "input.performActions", context=self._window, actions=[{"type": "key", "id": "k", "actions": keys}]
        )


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Run Firefox with an empty profile in ``folder``."""
    command = [str(FIREFOX), "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=dying_with_parent(signal.SIGKILL),
    ) as process:
        try:
            assert process.stderr is not None
            listens = next(filter(None, (re.search(r"listening on (ws://\S+)", line) for line in process.stderr)))
            with connect(f"{listens[1]}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.kill()
