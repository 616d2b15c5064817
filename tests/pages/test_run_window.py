"""A journal that is longer than one page: the page says which entries it shows, and links to all others."""

import html
import re

import pytest

from designer.pages import run_window
from sagaflow import engine, registry
from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Approval, Saga, Step, orchestrated
from tests.pages.reading import whole

SAID = ("timeline", "events", "sequence", "journal")
"""The parts that read the journal."""
LINK = r'href="([^"]*)"[^>]*>{}</a>'


@pytest.fixture
def most(monkeypatch):
    """``most(5)``: limits how many entries the page shows at a time."""

    def most(entries):
        monkeypatch.setattr(run_window, "MOST", entries)

    return most


@pytest.fixture
def part(boss):
    """``part(run_id, "events", after=5)``: that part as HTML; ``after`` may be a whole query."""

    def part(run_id, name, after=""):
        query = after if str(after).startswith("?") else f"?after={after}"
        answer = boss.get(f"/runs/{run_id}/parts/{name}/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return part


def head_of(run_id):
    return engine.state(run_id)[1].seq


def numbers(html_):
    return [int(seq) for seq in re.findall(r'id="entry-(\d+)"', html_)]


def leads_to(html_, words):
    found = re.search(LINK.format(words), html_)
    return found and html.unescape(found[1]).partition("#")[0]


def rows(html_):
    """The text of each row of a table, without its addresses."""
    return [re.sub(r"<[^>]*>", " ", row) for row in re.findall(r"<tr><td.*?</tr>", html_)]


def attempts(html_):
    """The sentence of each attempt in a timeline, without its duration."""
    titles = re.findall(r"<g class=\"attempt[^>]*><title>([^<]*)", html_)
    return {re.sub(r" after [^:]*", "", title) for title in titles}


def windows(run_id, size):
    return range(0, head_of(run_id), size)


def test_a_run_that_fits_says_nothing_of_windows(boss, run_of):
    page = whole(boss, f"/runs/{run_of('feather')}/?step=ship").content.decode()
    assert "Entries shown" not in page
    assert "Newest" not in page


@pytest.mark.parametrize("name", [*SAID, "step"])
def test_every_part_says_which_entries_it_shows_and_begins_with_the_newest(most, part, run_of, name):
    most(5)
    run_id = run_of("feather")
    head = head_of(run_id)
    assert f"Entries {head - 4} to {head} of {head}" in part(run_id, name, "?step=ship")
    assert f"Entries 1 to 5 of {head}" in part(run_id, name, "?step=ship&after=0")
    assert f"Entries 6 to 10 of {head}" in part(run_id, name, "?step=ship&after=5")


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("way", [("?", "Earlier"), ("?after=0", "Later")])
def test_every_entry_can_be_reached_from_either_end(most, part, run_of, name, way):
    most(7)
    query, words = way
    run_id, seen = run_of("glass"), set()
    while query is not None:
        seen |= set(numbers(part(run_id, "journal", query)))
        query = leads_to(part(run_id, name, query), words)
    assert seen == set(range(1, head_of(run_id) + 1))


def test_links_to_the_ends_keep_the_view(most, part, run_of):
    most(3)
    run_id = run_of("feather")
    shown = part(run_id, "timeline", "?step=ship&scale=even&after=6")
    assert leads_to(shown, "First") == "?step=ship&scale=even&after=0"
    assert leads_to(shown, "Newest") == "?step=ship&scale=even"
    assert "?step=ship&amp;scale=time&amp;after=6#timeline" in shown


@pytest.mark.parametrize("item", ["book", "heavy", "feather", "glass"])
@pytest.mark.parametrize("size", [1, 4, 7])
def test_the_windows_together_show_what_one_page_would(most, part, run_of, item, size):
    run_id = run_of(item)
    whole = {name: part(run_id, name) for name in SAID}
    most(size)
    shown = {name: [part(run_id, name, after) for after in windows(run_id, size)] for name in SAID}
    for name in ("events", "journal"):
        assert [row for each in shown[name] for row in rows(each)] == rows(whole[name])
    messages = re.findall(r"<li>(.*?) <span", whole["sequence"])
    assert [one for each in shown["sequence"] for one in re.findall(r"<li>(.*?) <span", each)] == messages
    assert messages
    assert attempts(whole["timeline"]) <= {one for each in shown["timeline"] for one in attempts(each)}


def test_an_attempt_is_drawn_where_it_ends_though_it_began_before(most, part, run_of):
    run_id = run_of()
    ended = next(entry.seq for entry in engine.journal(run_id) if entry.kind == "StepSucceeded")
    most(1)
    assert "fetch, action, attempt 1: succeeded after" in part(run_id, "timeline", ended - 1)
    assert "fetch, action, attempt 1: running" in part(run_id, "timeline", ended - 2)


def test_what_is_under_way_stands_among_the_newest_however_long_ago_it_began(most, part):
    def ping(context):
        raise TimeoutError("no answer")

    often = RetryPolicy(attempts=6, delay=0, max_delay=0, jitter=0)
    steps = Step("agree", Approval("bosses"), after=()), Step("ping", "page_line.ping", retry=often, after=())
    registry.register(Saga("page_wait", orchestrated("desk", *steps)))
    registry.add(registry.Action(name="page_line.ping", does=ping))
    run_id = engine.start("page_wait", {})
    while engine.wake(run_id):
        pass
    most(4)
    accepted = next(entry.seq for entry in engine.journal(run_id) if entry.kind == "StepAccepted")
    assert accepted < head_of(run_id) - 4
    assert "agree, action, attempt 1: waiting" in part(run_id, "timeline")
    assert "Entries" in part(run_id, "step", "?step=agree")
    assert "Attempt 1: waiting" in part(run_id, "step", "?step=agree")


@pytest.mark.parametrize("size", [2, 5])
def test_every_number_of_an_entry_leads_to_where_it_is_shown(most, boss, run_of, size):
    most(size)
    run_id = run_of("feather")
    for after in windows(run_id, size):
        page = whole(boss, f"/runs/{run_id}/?after={after}").content.decode()
        for address, seq in set(re.findall(r'href="([^"#]*)#entry-(\d+)"', page)):
            there = boss.get(f"/runs/{run_id}/{html.unescape(address)}").content.decode() if address else page
            assert int(seq) in numbers(there)


def test_the_newest_window_goes_along_and_a_chosen_one_stays(most, part, run_of):
    most(6)
    run_id = run_of("heavy")
    before = head_of(run_id)
    assert numbers(part(run_id, "journal")) == list(range(before - 5, before + 1))
    engine.operate(run_id, "skip", by="boss", reason="carried by hand", step="ship")
    while engine.wake(run_id):
        pass
    head = head_of(run_id)
    assert head > before
    assert numbers(part(run_id, "journal")) == list(range(head - 5, head + 1))
    assert numbers(part(run_id, "journal", 2)) == list(range(3, 9))
    assert leads_to(part(run_id, "journal", before - 6), "Later")


@pytest.mark.parametrize("after", ["x", "-1", "9" * 18, "9" * 30, "", "%00", "²"])
def test_a_window_that_cannot_be_is_the_newest(most, part, run_of, after):
    most(5)
    run_id = run_of()
    head = head_of(run_id)
    assert numbers(part(run_id, "journal", after)) == list(range(head - 4, head + 1))


def test_a_page_with_a_full_window_of_the_journal_is_smaller_than_200_kb(boss, run_of):
    run_id = run_of("heavy")
    for number in range(run_window.MOST):
        engine.publish("Knock", run_id, {"number": number})
    answer = boss.get(f"/runs/{run_id}/?tab=journal")
    html_ = answer.content.decode()
    assert len(numbers(html_)) == run_window.MOST
    assert len(answer.content) < 200_000
    address = html.unescape(re.search(r'href="(values/\?of=entry/\d+[^"]*)"', html_)[1])
    assert boss.get(f"/runs/{run_id}/{address}").status_code == 200


def test_the_entries_of_the_journal_do_not_repeat_the_address_of_the_page(part, run_of):
    run_id = run_of("heavy")
    for number in range(run_window.MOST):
        engine.publish("Knock", run_id, {"number": number})
    short, long = (len(part(run_id, "journal", query)) for query in ("?tab=journal", "?tab=journal&fold=pack,send"))
    assert long - short < 1_000  # the links that lead elsewhere have it: to other windows and to causes in them
