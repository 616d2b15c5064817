"""Every text field holds markup and scripts. Chromium shows them as text and executes none of them."""

import csv
import io
import json
import os

import pytest

from sagaflow import engine, registry
from sagaflow.core.definition.saga import Saga, Step, choreographed, orchestrated
from sagaflow.core.participant import BusinessError
from sagaflow.models import (
    ActAnswer,
    ActRequest,
    BulkRepair,
    BulkRepairItem,
    JournalEntry,
    OperatorAct,
    OutboxMessage,
    RollbackRecord,
    Run,
    UnmatchedEvent,
    UnreadableMessage,
)
from sagaflow.processes import bulk_repair
from sagaflow.registry import Action
from sagaflow.store import bulk_repairs, unreadable
from sagaflow.store.proof import anchors
from tests.admin.conftest import body, pages
from tests.anchors.tampering import unguarded
from tests.browser.conftest import launched
from tests.records import RECORDS

SCRIPT = "</script><img src=x onerror=\"document.title='owned'\"><svg onload=alert(1)>"
FORMULA = "=cmd|' /C calc'!A0"
CANARY = f"{SCRIPT}{{{{7*7}}}}"
TEXTS = {
    Run: ("by", "parent_step", "teams"),
    JournalEntry: ("kind", "hash"),
    RollbackRecord: ("code", "failed_step", "kind", "by", "outcome"),
    OperatorAct: ("step", "verb", "by", "reason", "detail"),
    OutboxMessage: ("event", "step", "observer", "error"),
    UnmatchedEvent: ("event", "correlation_id", "event_id", "source", "reason"),
    UnreadableMessage: ("source", "place", "reason"),
    BulkRepair: ("verb", "step", "selection", "by", "reason", "stopped_by", "output"),
    BulkRepairItem: ("outcome", "detail"),
    ActRequest: ("verb", "step", "by", "reason"),
    ActAnswer: ("by", "note"),
}
ALIEN = """async () => {
    const sent = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    const styled = [...sent.querySelectorAll('#content [style]')];  // a module may set styles, the server does not
    return [...document.querySelectorAll('#content *')].filter(one =>
        ['script', 'img', 'iframe', 'object', 'foreignObject', 'style', 'use'].includes(one.localName)
        && !(one.src || '').includes('/static/') || [...one.attributes].some(each => /^on/.test(each.name))
    ).concat(styled).map(one => one.outerHTML);
}"""


def refuse(context):
    raise BusinessError("odd", CANARY)


def answer(context):
    return {CANARY: CANARY, "formula": FORMULA}


@pytest.fixture
def nasty(known):
    """A run and its records whose texts are all canaries: those that the framework takes, and those in the rows."""
    saga = Saga(
        "nasty",
        (
            orchestrated("first", Step("give", "nasty.give", undo="nasty.take", title=CANARY), team="'<b>team"),
            choreographed("then", Step("fail", "nasty.fail", title=FORMULA, timeout=600)),
        ),
        title=CANARY,
        search={"item": "/item"},
    )
    registry.register(saga)
    for verb, function in {"give": answer, "take": answer, "fail": refuse}.items():
        registry.add(Action(name=f"nasty.{verb}", does=function))
    run = engine.start("nasty", {"item": CANARY, CANARY: FORMULA}, by=CANARY)
    while engine.wake(run):
        pass
    engine.operate(run, "cancel", by=CANARY, reason=CANARY)
    unreadable.set_aside("crm", CANARY.encode(), {CANARY: CANARY}, "here", CANARY, longest=999)
    engine.publish("Odd", "nobody", {CANARY: FORMULA}, event_id="1", source=CANARY)
    order = bulk_repairs.Order(verb="retry", by=CANARY, reason=CANARY, selection=CANARY)
    bulk_repairs.freeze(order, [(run, engine.state(run)[1].seq)])
    bulk_repair.repair_all()
    anchors.write_all()
    return run


def overwrite(text):
    """Texts that the framework itself would refuse."""
    with unguarded():
        for model, columns in TEXTS.items():
            for column in columns:
                longest = model._meta.get_field(column).max_length
                model.objects.update(**{column: text[:longest]})


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_chromium_executes_none_of_it(live_server, nasty, boss, monkeypatch):
    addresses = pages()
    addresses = [address for address in addresses if "export" not in address and "history" not in address]
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    for text in ("", SCRIPT):
        if text:
            overwrite(text)
        assert visited(live_server.url, boss.cookies["sessionid"].value, addresses) == []


def visited(url, session, addresses):
    """Everything that was logged, executed or out of place while the pages were visited."""
    said = []
    with launched() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        page.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: said.append(f"error {error}"))
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        for address in addresses:
            answer = page.goto(f"{url}{address}")
            if answer.status != 200 or page.title() == "owned":
                said.append(f"{address}: {answer.status} {page.title()}")
            said += [f"{address}: {alien}" for alien in page.evaluate(ALIEN)]
    return said


@pytest.mark.parametrize("text", [SCRIPT, FORMULA])
def test_exports_hold_it_as_text(nasty, boss, text):
    overwrite(text)
    for name in RECORDS:
        table = body(boss.get(f"/admin/sagaflow/{name}/export/csv/")).removeprefix("\ufeff")
        for row in csv.reader(io.StringIO(table)):
            assert not [cell for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))]
        answer = boss.get(f"/admin/sagaflow/{name}/export/jsonl/")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "attachment" in answer["Content-Disposition"]
        assert all(isinstance(json.loads(line), dict) for line in body(answer).splitlines())


def test_no_page_holds_it_as_markup(nasty, boss):
    overwrite(SCRIPT)
    for address in pages():
        if "export" not in address:
            assert "<img src=x" not in body(boss.get(address)), address
