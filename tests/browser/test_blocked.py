"""A site whose live connections are refused, as behind a proxy without WebSockets: pages poll by HTTP, and say so."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import is_live, run_is, shows, statuses

SAID = "updates every 10 s; live connection blocked"


class Proxy:
    """Accepts sockets, or closes them before the first frame. Counts the sockets that it refused."""

    def __init__(self, context):
        self.blocks, self.refused = True, 0
        context.route_web_socket(re.compile("."), self._asked)

    def _asked(self, socket):
        if self.blocks:
            self.refused += 1
            socket.close(code=1011)
        else:
            socket.connect_to_server()


def test_pages_without_sockets_ask_by_http_and_become_live_again(up, visitor):
    up.shut("payment.take_payment")
    who = visitor(up)
    proxy = Proxy(who.context)
    run = up.start()
    page, runs = who.visit(f"/runs/{run}/"), who.visit("/")
    for each in (page, runs):
        each.bring_to_front()
        expect(each.locator("#connection")).to_contain_text(SAID)
    page.bring_to_front()
    shows(page, take_payment="running")
    up.open("payment.take_payment")
    run_is(page, "completed")
    shows(page, take_payment="done", dispatch_order="done")
    expect(page.locator("#connection")).to_contain_text(SAID)
    expect(runs.locator(f'tr[data-run="{run}"]')).to_contain_text("completed")
    assert proxy.refused < 30

    proxy.blocks = False
    before = statuses(page)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    is_live(page)
    assert statuses(page) == before
