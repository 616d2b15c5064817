"""axe-core finds nothing on the pages, light and dark, wide and narrow; and no user's text becomes part of a page."""

import json

import pytest

from tests.browser.conftest import run_is, shows
from tests.browser.test_live_run import UNDONE

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    "dark phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}
TABS = ["Timeline", "Steps", "Events", "Sequence", "Journal", "Rollback", "Operator actions"]
CANARY = "</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def findings(page, axe, rules=(*WCAG, "best-practice")):
    """The complaints of axe-core, one per line.

    Bars that stay in sight cover what scrolls below them. They scroll too while axe measures. Panes are measured from
    their beginning: a control that is half out of its pane would be too small. Of a step that its drawing cuts off, axe
    counts the hidden part too, so that it would lie over the row of tools: such steps are left out.
    """
    page.evaluate(axe)
    found = page.evaluate(
        """async rules => {
            const stays = one => getComputedStyle(one).position === "sticky"
            const bars = [...document.querySelectorAll("nav.rail, header")].filter(stays)
            for (const bar of bars) bar.style.position = "static"
            for (const pane of document.querySelectorAll("main *")) if (pane.scrollTop) pane.scrollTop = 0
            const within = (one, box) => one.top >= box.top && one.bottom <= box.bottom
                && one.left >= box.left && one.right <= box.right
            const cut = [...document.querySelectorAll("saga-drawing g.node")].filter(one =>
                !within(one.getBoundingClientRect(), one.closest("saga-drawing").getBoundingClientRect()))
            for (const one of cut) one.style.visibility = "hidden"
            const { violations } = await axe.run(document, { runOnly: rules, preload: false })
            for (const one of cut) one.style.visibility = ""
            for (const bar of bars) bar.style.position = ""
            return violations
        }""",
        list(rules),
    )
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_page_of_a_run(up, visitor, axe, look):
    run = up.start("metropolis")
    page = visitor(up, **LOOKS[look]).live(f"/runs/{run}/?step=package_order")
    shows(page, **UNDONE)
    run_is(page, "rolled_back")
    for tab in TABS:
        page.locator("[data-tabs=run] > .tablist").get_by_role("tab", name=tab).click()
        assert (tab, findings(page, axe)) == (tab, [])
    page.get_by_text("Legend").click()
    page.get_by_text("The flowchart as text").click()
    for tab in page.locator("#step [role=tab]").all():
        tab.click()
        assert findings(page, axe) == []


def test_axe_finds_nothing_while_a_run_goes_on_or_waits(up, visitor, axe):
    up.shut("payment.take_payment")
    run = up.start("alien")
    page = visitor(up).live(f"/runs/{run}/")
    shows(page, take_payment="running")
    assert findings(page, axe) == []
    up.open("payment.take_payment")
    run_is(page, "completed")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_list_of_runs(up, visitor, axe, look):
    who = visitor(up, **LOOKS[look])
    assert findings(who.live("/"), axe) == []
    run = up.start("metropolis")
    page = who.live("/")
    page.locator(f'tr[data-run="{run}"]').get_by_text("rolled back").wait_for()
    assert findings(page, axe) == []


def test_no_text_of_a_user_becomes_part_of_a_page(up, visitor):
    who = visitor(up)
    run = up.start(CANARY[:60], order=CANARY[:60], customer=CANARY[:60])
    page = who.live(f"/runs/{run}/?step=place_order")
    page.locator("[data-part=trouble]").get_by_text(CANARY[:30]).or_(page.locator(".facts").first).first.wait_for()
    for tab in TABS:
        page.locator("[data-tabs=run] > .tablist").get_by_role("tab", name=tab).click()
    assert page.evaluate("document.querySelectorAll('main img').length") == 0
    assert json.dumps(CANARY[:60])[1:-1] in page.locator("[data-part=facts] pre").text_content()
    home = who.live("/")
    assert home.evaluate("document.querySelectorAll('main img').length") == 0


def test_the_pages_have_nothing_inline_and_load_nothing_from_elsewhere(up, visitor):
    who = visitor(up)
    asked = []
    who.context.on("request", lambda request: asked.append(request.url))
    run = up.start("metropolis")
    page = who.live(f"/runs/{run}/?step=package_order")
    shows(page, **UNDONE)
    policy = page.evaluate("async () => (await fetch(location.href)).headers.get('Content-Security-Policy')")
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.evaluate("document.querySelectorAll('style, script:not([src])').length") == 0
    sent = page.evaluate("""async () => new DOMParser().parseFromString(
        await (await fetch(location.href)).text(), 'text/html').querySelectorAll('[style]').length""")
    assert sent == 0, "the server sends no style attribute; a script may set one"
    assert {url for url in asked if not url.startswith((up.url, up.url.replace("http", "ws")))} == set()
