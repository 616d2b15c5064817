"""The designer's measures of ``python -m benchmarks.web``: how soon it is usable, and how soon an edit is on screen."""

import statistics

from playwright.sync_api import Page

__all__ = ["LONGEST", "draft", "edits", "letter", "moved", "usable"]

LONGEST = {50: 120.0, 200: 350.0}
"""Milliseconds from a key to the new drawing at the 95th percentile, by the number of steps."""
EDITS = 20
WATCHED = """() => { window.took = new Promise(resolve => addEventListener('keydown', event => {
    const look = () => {
        const found = document.querySelector('.sf-node[data-element="step/%s"]');
        if (%s) requestAnimationFrame(() => resolve(performance.now() - event.timeStamp));
        else requestAnimationFrame(look);
    };
    look();
    setTimeout(resolve, %d, %d);
}, {once: true, capture: true})); }"""
"""Notes the time from the next key until something is true of a step that is ``found`` in the drawing."""
NEVER = 5000
"""Milliseconds after which it is noted as this time."""

READY = "() => document.querySelector('#design[data-ready]') && performance.now()"
SAVED = "() => ['Saved', 'No changes'].includes(document.querySelector('[data-saved]').textContent)"


def draft(page: Page, name: str, steps: int) -> str:
    """Begin a draft of ``steps`` steps, one after the other. Return its address."""
    page.goto(page.url.partition("/design/")[0].rstrip("/") + "/design/")
    page.locator("#new-name").fill(name)
    page.locator("#new-steps").fill("\n".join(f"Step {number}" for number in range(steps)))
    page.get_by_role("button", name="Create draft").click()
    usable(page)
    return page.url


def usable(page: Page) -> float:
    """Seconds until the designer takes edits."""
    return float(page.wait_for_function(READY).json_value()) / 1000


def edits(page: Page, name: str) -> float:
    """Delete a step and bring it back, in turns: milliseconds from the key to the drawing at the 95th percentile."""
    chosen(page, name)
    times = []
    for number in range(EDITS):
        is_gone = number % 2 == 0
        times.append(timed(page, name, "!found" if is_gone else "found", "Delete" if is_gone else "Control+z"))
        page.wait_for_function(SAVED)
    return statistics.quantiles(times, n=20)[-1]


def letter(page: Page, name: str) -> float:
    """Milliseconds from a letter that is typed into the title of a step to the letter on the canvas, as a median."""
    chosen(page, name)
    field = page.locator("#design-inspector [id='in-title']")
    field.fill("")
    field.focus()
    typed = ""
    times = []
    for each in "quick":
        typed += each
        times.append(timed(page, name, f"found?.textContent.includes('{typed}')", each))
    return statistics.median(times)


def moved(page: Page, name: str) -> float:
    """Pixels by which the middle of a step moves on screen while its title gets longer and its style changes.

    A longer title makes the step wider on both sides, so that its corner moves although the step stays.
    """
    node = page.locator(f'.sf-node[data-element="step/{name}"]')
    chosen(page, name)
    most = 0.0
    for change in (retitled, restyled):
        before = node.bounding_box()
        with page.expect_response(lambda answer: "/edit/" in answer.url):
            change(page, name)
        page.wait_for_function(SAVED)
        settled(page)
        after = node.bounding_box()
        assert before is not None
        assert after is not None
        for start, size in (("x", "width"), ("y", "height")):
            most = max(most, abs(after[start] + after[size] / 2 - before[start] - before[size] / 2))
    return most


def retitled(page: Page, _name: str) -> None:
    """Give the chosen step a long title."""
    field = page.locator("#design-inspector [id='in-title']")
    field.fill("A title that is much longer than it was")
    field.press("Enter")


def restyled(page: Page, name: str) -> None:
    """Switch the style of the segment of the step."""
    page.locator(f'.sf-node[data-element="step/{name}"]').focus()
    page.keyboard.press("s")


def chosen(page: Page, name: str) -> None:
    """Select a step, wherever it is."""
    page.locator("[data-to-mode=outline]").click()
    page.locator(f'#design-outline [data-key$="/{name}"]').click()
    page.locator("[data-to-mode=design]").click()
    page.locator("#design-inspector [id='in-title']").wait_for()
    page.wait_for_function(SAVED)  # what was typed before is on its way
    page.locator(f'.sf-node[data-element="step/{name}"]').focus()
    settled(page)


def timed(page: Page, name: str, wanted: str, key: str) -> float:
    """Milliseconds from a key until ``wanted`` is true of the step in the drawing, and the next frame."""
    page.evaluate(WATCHED % (name, wanted, NEVER, NEVER))
    page.keyboard.press(key)
    return float(page.evaluate("() => window.took"))


def settled(page: Page) -> None:
    """Wait until nothing glides any more."""
    page.evaluate("() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))")
