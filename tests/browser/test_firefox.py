"""Firefox shows what Chromium shows: a saga is drawn with the mouse, and a run is painted while it rolls back."""

import pytest

from tests.browser.conftest import lacking
from tests.browser.firefox import ENTER, FIREFOX, firefox
from tests.browser.site import NAME, PASSWORD

SAVED = "document.querySelector('[data-saved]')?.textContent === 'Saved'"
STEPS = "[...document.querySelectorAll('.sf-node[data-element^=\"step/\"]')].map(one => one.dataset.element.slice(5))"
READY = "document.querySelector('#design[data-ready]') && !!document.querySelector('#design-palette .item')"


@pytest.fixture
def fox(tmp_path, up):
    if FIREFOX is None:
        lacking("Firefox is missing; `make services` installs it as root.")
    with firefox(tmp_path) as fox:
        fox.open(f"{up.url}/accounts/login/")
        fox.type(NAME, into="#id_username")
        fox.type(f"{PASSWORD}{ENTER}", into="#id_password")
        fox.wait("location.pathname === '/'")
        yield fox
        assert fox.faults == []


def test_a_saga_is_drawn_by_mouse_and_all_of_it_is_undone(up, fox):
    fox.open(f"{up.url}/design/")
    fox.type(f"orders-in-firefox{ENTER}", into="#new-name")
    fox.wait(READY)
    take(fox, '.item[data-search^="place order"]', "inside/main")
    take(fox, '.item[data-search^="reserve stock"]', "after/place_order")
    take(fox, '.item[data-search^="take payment"]', "after/reserve_stock")
    assert sorted(fox.wait(STEPS)) == ["place_order", "reserve_stock", "take_payment"]
    take(fox, '.sf-node[data-element="step/place_order"]', "after/take_payment")
    fox.wait("document.querySelector('[data-told]').textContent === \"Moved 'place_order' after 'take_payment'.\"")
    for undone in ("Moved 'place_order'", "Added 'take_payment'", "Added 'reserve_stock'", "Added 'place_order'"):
        fox.click("[data-undo]")
        fox.wait(f"document.querySelector('[data-told]').textContent.includes(\"Undid: {undone}\") && {SAVED}")
    fox.wait(f"{STEPS}.join() === 'empty:main'")


def test_a_run_is_painted_while_it_rolls_back(up, fox):
    up.shut("payment.take_payment")
    run = up.start("metropolis")
    fox.open(f"{up.url}/runs/{run}/")
    fox.wait("!!document.querySelector('.sf-node[data-element=\"step/take_payment\"].sf-is-running')")
    up.open("payment.take_payment")
    fox.wait("document.querySelector('[data-part=strip]').textContent.includes('Rolled back')")
    fox.wait("!!document.querySelector('.sf-node[data-element=\"step/package_order\"].sf-is-failed')")


def take(fox, selector, key):
    """Hold the mouse on an element until the places are in sight, and let go over one of them."""
    x, y = fox.middle(selector)
    fox.mouse((x, y), "down", (x + 15, y + 15), (x + 30, y + 20))
    place = f'.design-place[data-key="{key}"]'
    fox.mouse(fox.middle(place))
    fox.wait(f"document.querySelector('{place}').classList.contains('design-hot')")
    fox.mouse("up")
    fox.wait(f"!document.querySelector('.design-place') && {SAVED}")
