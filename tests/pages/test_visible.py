"""No page, table or command lets a text of a user steer what shows it: its characters are shown as their codes."""

import re
import sys

import pytest
from django.core.management import call_command
from django.http import HttpResponse, JsonResponse

from designer.visible_text import FIELDS, SUSPECTS, visible_text
from sagaflow import BusinessError, Saga, Step, engine, orchestrated, registry
from sagaflow.core.participant import TechnicalError
from sagaflow.core.words.steering import visible
from sagaflow.registry import Action

NASTY = "bill\u202egnp.exe\u2066 \x1b[2J\x9b31m\u061c\u200f\x07"
STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
PAGES = (
    "/",
    "/runs/{run}/",
    "/runs/{run}/?step=ship",
    "/runs/{run}/values/?of=input",
    "/runs/{run}/parts/journal/",
    "/runs/{run}/repair/retry_with_input/?step=ship",
    "/failures/",
    "/attention/",
    "/?find={typed}",
    "/definitions/page_parcel/start/?like={run}",
    "/admin/sagaflow/run/",
    "/admin/sagaflow/run/{run}/change/",
    "/admin/sagaflow/run/{run}/report/",
    "/admin/sagaflow/journalentry/",
    "/admin/sagaflow/journalentry/export/csv/",
)


def fail(_):
    raise TechnicalError(NASTY, code="flat-tyre")


@pytest.fixture
def run(run_of, monkeypatch):
    """A run with such characters in its input and in an error. Names and reasons that contain them are refused."""
    monkeypatch.setitem(registry._actions, "page_van.ship", registry.Action(name="page_van.ship", does=fail))
    return run_of("heavy", note=NASTY, **{NASTY: {"deep": [NASTY]}})


def told(answer):
    assert answer.status_code == 200
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_and_no_table_is_steered(boss, run, page):
    text = told(boss.get(page.format(run=run, typed="a%E2%80%AEb")))
    assert not STEERS.search(FIELDS.sub("", text))


def test_a_form_sends_again_what_it_got(rf):
    page = '<p title="{0}">{0}</p><input value="{0}"><textarea name="a">{0}</textarea>{0}'
    shown = visible_text(lambda _: HttpResponse(page.format("a\u202eb")))(rf.get("/")).content.decode()
    assert shown == page.replace("{0}", "a\\u202eb", 2).replace("{0}", "a\u202eb", 2).replace("{0}", "a\\u202eb")


def test_the_pages_show_the_codes(boss, run):
    for page in (f"/runs/{run}/", f"/admin/sagaflow/run/{run}/change/", "/admin/sagaflow/journalentry/export/csv/"):
        assert "bill\\u202egnp.exe\\u2066" in told(boss.get(page))


@pytest.mark.parametrize("command", [("show",), ("show", "--json"), ("monitor",)])
def test_no_command_is_steered(capsys, run, command):
    call_command("sagaflow", command[0], run, *command[1:])
    assert not STEERS.search(capsys.readouterr().out)


def test_the_bytes_that_are_looked_for_are_those_of_the_characters():
    for code in (one for one in range(sys.maxunicode + 1) if not 0xD800 <= one < 0xE000):
        letter = chr(code)
        assert bool(SUSPECTS.search(letter.encode())) == (visible(letter, kept="\t\n\r") != letter), hex(code)


def test_what_is_no_page_stays_as_it_is(rf):
    for made in (HttpResponse(NASTY, content_type="text/plain"), JsonResponse({"a": NASTY})):
        before = made.content
        assert visible_text(lambda _, made=made: made)(rf.get("/")).content == before


def test_a_masked_value_says_why_in_the_run_and_among_the_failures(boss, monkeypatch):
    def refuse(context):
        raise BusinessError("address_unknown", f"The post does not know <b>{context.input['card']}</b>.")

    post = Saga("post", orchestrated("main", Step("send", "post.send")), search={"card": "/card"}, sensitive=("card",))
    with registry.standing_in(Action(name="post.send", does=refuse), post):
        run_id = engine.start("post", {"card": "card-of-input"})
        while engine.wake(run_id):
            pass
        told = '<abbr title="masked, because the saga calls this field sensitive">•••</abbr>'
        parts = boss.get(f"/runs/{run_id}/parts/strip,trouble,rollback/").content.decode()
        failures = boss.get("/failures/").content.decode()
    for page in (parts, failures):
        assert f"The post does not know &lt;b&gt;{told}&lt;/b&gt;." in page
