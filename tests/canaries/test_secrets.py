"""Without the permission, sensitive values are not found anywhere: in no page, message, log, export or drawing.

Every surface is listed, and each new one has to be added to one of the tables here. A user with the permission sees
the canaries, which proves that they exist.
"""

import asyncio
import json
import logging
import re

import pika
import pytest
from django.urls import NoReverseMatch, reverse
from dramatiq import Middleware

from designer import urls as designer_urls
from designer.pages.flowchart_files import FORMATS
from designer.pages.run_parts import PARTS
from sagaflow import engine, models, registry, signals
from sagaflow.core.definition.document import dump
from sagaflow.core.mask import MASK
from sagaflow.core.run.verbs import OPERATE_VERBS
from sagaflow.management.commands.sagaflow import SUBCOMMANDS
from sagaflow.models import BulkRepair, Definition, OutboxMessage, SearchValue
from sagaflow.processes import actors, relay
from sagaflow.store import act_requests, drafts
from sagaflow.store.act_requests import NewRequest
from sagaflow.store.drafts import NewDraft
from tests.admin.conftest import body, pages
from tests.canaries import secretive
from tests.canaries.post_only import POST_ONLY
from tests.canaries.secretive import NUMBER, PLACES, STEM, found_in
from tests.cli.conftest import sf
from tests.live.conftest import in_thread, opened

pytestmark = pytest.mark.one_database

VERBS = (*OPERATE_VERBS, "approve")
READS = {
    "runs": [[], ["--json"], ["--search", "order=order-break"]],
    "show": [["{run}"], ["{run}", "--journal"], ["{run}", "--json"], ["{run}", "--journal", "--json"]],
    "watch": [["{run}", "--until-parked"], ["{run}", "--until-parked", "--json"]],
    "sequence": [["{run}"], ["{run}", "--json"], ["{run}", "--format", "mermaid"], ["{run}", "--format", "svg"]],
    "draw": [["--run", "{run}"], ["--run", "{run}", "--format", "dot"], ["secretive"]],
    "monitor": [["{run}"], ["{run}", "--json"]],
    "verify": [[], ["--json"], ["{run}"]],
    "plan": [[], ["--json"]],
    "export": [["secretive"]],
    "asyncapi": [["secretive"], ["secretive", "--against", "1"]],
    "lint": [["secretive"]],
    "simulate": [["secretive"]],
    "subscribers": [[], ["--json"]],
    "requests": [[], ["--answered"], ["--json"]],
}
ACTS = {"start", "publish", "approve", "answer", "operate", "anchor", "adopt", "import"}
SERVERS = {"up", "worker", "sweeper", "listen", "relay", "demo"}


TEXTS = [suffix for suffix, (_, kind) in FORMATS.items() if kind != "image/png"]


def leaks(texts):
    """The names of the texts that contain a canary."""
    return [name for name, text in texts.items() if found_in(text)]


def addresses(runs):
    """Every address of a page, with every parameter that it accepts."""
    repair = BulkRepair.objects.get()
    digest = Definition.objects.get(name="secretive").digest
    draft = drafts.create(
        NewDraft(saga="secretive", source="code", document=dump(registry.get_saga("secretive"))), "vera"
    )
    kept = json.dumps({"card": secretive.canary("asked")})
    wanted = NewRequest(verb="skip", step="pay", by="vera", reason="as agreed", run_id=[*runs.values()][-1], value=kept)
    given = {
        "request": {"request_id": act_requests.add(wanted).request_id},
        "run_parts": {"names": ",".join(PARTS)},
        "run_flowchart": [{"form": form} for form in TEXTS],
        "definition_flowchart": [{"name": "secretive", "digest": digest, "form": form} for form in TEXTS],
        "repair": [{"verb": verb} for verb in VERBS],
        "definition": {"name": "secretive"},
        "start": {"name": "secretive"},
        "simulation": {"name": "secretive"},
        "version": {"name": "secretive", "digest": digest},
        "simulation_of": {"name": "secretive", "digest": digest},
        "definition_film": {"name": "secretive", "digest": digest},
        "difference": {"name": "secretive", "old": digest, "new": digest},
        "bulk": {"repair_id": repair.pk},
        "bulk_part": {"repair_id": repair.pk},
        "design_versions": {"name": "secretive"},
        "design_as": [{"kind": kind} for kind in ("yaml", "json", "python", "patch")],
        "versions": {"name": "secretive"},
    }
    paths = [
        f"segments/{segment['name']}/steps/{step['name']}"
        for segment in draft.document["segments"]
        for step in segment["steps"]
    ]
    steps = ["", "?step=give", "?step=hear", "?step=ask", "?step=pay"]
    questions = {
        "run": [*steps, "?after=9"],
        "run_parts": steps,
        "repair": ["", "?step=pay"],
        "start": [f"?like={run}" for run in runs.values()],
        "bulk_new": [f"?run={run}" for run in runs.values()],
        "design_inspector": ["", *(f"?element={path}" for path in paths)],
        "design_consequence": ["", *(f"?revision={draft.revision}&of={of}" for of in ("edit", "undo"))],
        "design_film": steps,
        "design_ghost": steps,
        "design_extract": ["", "?step=give", "?step=give&step=pay"],
        "design_inline": steps,
        "design_replace": ["", "?find=e&replace=x"],
        "jump": ["", "?q=order", "?q=give", *(f"?q=retry+{run}" for run in runs.values())],
    }
    for pattern in designer_urls.urlpatterns:
        if pattern.name in POST_ONLY:
            continue
        options = given.get(pattern.name, {})
        for option in options if isinstance(options, list) else [options]:
            for run in runs.values():
                named = {"run_id": run, "draft_id": draft.id}
                kwargs = option | {name: one for name, one in named.items() if f":{name}>" in str(pattern.pattern)}
                for question in questions.get(pattern.name, [""]):
                    yield f"{reverse(f'designer:{pattern.name}', kwargs=kwargs)}{question}"


def everything(client, addresses):
    """The responses by address. A redirect is a response too."""
    answers = {address: client.get(address) for address in dict.fromkeys(addresses)}
    faults = {address: each.status_code for address, each in answers.items() if each.status_code >= 500}
    assert not faults
    return {address: body(each) + str(each.headers) for address, each in answers.items()}


def interface(client):
    """Every GET of the HTTP API, as its own description lists them."""
    return [path for path, verbs in client.get("/api/openapi.json").json()["paths"].items() if "get" in verbs]


def test_no_page_tells_them(runs, person):
    asked = list(addresses(runs))
    assert leaks(everything(person(sees=False), asked)) == []
    told = [address for address in asked if "/repair/" not in address]
    seen = "".join(everything(person(sees=True), told).values())
    missing = {place for place in PLACES if f"{STEM}-{place}".replace("'", "&#x27;") not in seen}
    assert missing == {"unmatched", "refused"}  # no page lists such events; the reason of a refused input is cut


def test_no_page_of_the_admin_and_no_export_tells_them(runs, person):
    names = [name.lower() for name in models.__all__ if name != "triggers"]
    shown = [name for name in names if _in_admin(name)]
    asked = pages(shown)
    assert leaks(everything(person(sees=False), asked)) == []
    seen = everything(person(sees=True), asked)
    for place in PLACES:
        for part in ("/change/", "/export/csv/", "/export/jsonl/"):
            there = [text for address, text in seen.items() if part in address]
            assert any(f"{STEM}-{place.split(chr(39))[0]}" in text for text in there), (place, part)


def test_no_search_and_no_filter_finds_by_them(runs, person):
    """An answer would reveal what a mask hides."""
    vera = person(sees=False)
    assert not found_in(" ".join(SearchValue.objects.values_list("value", flat=True)))
    for secret in (f"{STEM}-input", STEM[:6], str(NUMBER)):
        html = body(vera.get("/", {"find": secret}))
        assert [run for run in runs.values() if run in html] == []
        assert vera.get("/api/runs", {"search": f"card={secret}"}).json()["runs"] == []
        for typed in (secret, f"card={secret}", f"start {secret}"):
            assert vera.get("/jump/", {"q": typed}).json() == {"results": []}
        for name in ("run", "journalentry", "rollbackrecord", "operatoract", "outboxmessage", "bulkrepairitem"):
            listed = vera.get(f"/admin/sagaflow/{name}/", {"q": secret})
            assert listed.context_data["cl"].result_count == 0, name
    assert len(vera.get("/api/runs", {"search": "order=order-fine"}).json()["runs"]) == 1


def test_no_answer_of_the_api_tells_them(runs, person):
    paths = interface(person(sees=False))
    asked = [path.replace("{run_id}", run).replace("{name}", "secretive") for path in paths for run in runs.values()]
    assert not [path for path in asked if "{" in path]
    assert leaks(everything(person(sees=False), [*asked, *(f"{path}?limit=200" for path in asked)])) == []
    seen = "".join(everything(person(sees=True), asked).values())
    assert {place for place in PLACES if f"{STEM}-{place}" not in seen} == {"unmatched"}


def test_acts_by_the_api_answer_with_none_of_them(runs, person):
    vera = person(sees=False)
    for run in runs.values():
        for verb in VERBS[:-1]:
            told = json.dumps({"reason": "why not", "step": "pay"})
            answer = vera.post(f"/api/runs/{run}/verbs/{verb}", told, content_type="application/json")
            assert not found_in(body(answer)), verb


@pytest.mark.parametrize("order", [1, -1])
async def test_no_frame_of_a_socket_tells_them(known, person, order):
    """Each socket is opened before its run changes, and again at the end."""
    client = await in_thread(person, sees=False)
    frames = []

    async def listen(path, ready, over):
        async with opened(path, client) as socket:
            frames.append(await socket.communicator.receive_from(10))
            ready.set()
            while not over.is_set() or not await socket.communicator.receive_nothing(0.3):
                if not await socket.communicator.receive_nothing(0.1):
                    frames.append(await socket.communicator.receive_from(60))

    modes = secretive.MODES[::order]
    started = {mode: await in_thread(engine.start, "secretive", secretive.given(mode)) for mode in modes[:4]}
    over, readies = asyncio.Event(), [asyncio.Event() for _ in range(len(started) + 1)]
    paths = ["/ws/runs/", *(f"/ws/runs/{run}/" for run in started.values())]
    tasks = [asyncio.create_task(listen(path, ready, over)) for path, ready in zip(paths, readies, strict=True)]
    for ready in readies:
        await asyncio.wait_for(ready.wait(), 60)
    for mode, run in started.items():
        await in_thread(_go_through, run, mode)
    over.set()
    await asyncio.gather(*tasks)
    assert [frame for frame in frames if found_in(frame)] == []
    assert len(frames) > 2 * len(paths)
    assert any("rolled_back" in frame for frame in frames), "a failure that quoted a secret was to be seen"


@pytest.fixture
def records(caplog):
    """Everything that any logger writes, at every level, as a handler would write it."""

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.name}: {logging.Formatter().format(record)} {record.args!r}")

    lines, handler = [], Kept(logging.DEBUG)
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    loggers = [logging.getLogger(), *known]
    before = [(each, each.level, each.disabled) for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG)
        each.disabled = False
        if each is logging.root or not each.propagate:
            each.addHandler(handler)
    yield lines
    for each, level, disabled in before:
        each.removeHandler(handler)
        each.setLevel(level)
        each.disabled = disabled


def test_no_logger_writes_them(records, known, person):
    runs = secretive.fill()
    some = {mode: runs[mode] for mode in ("break", "stick")}
    everything(person(sees=False), [*addresses(some), "/admin/sagaflow/run/export/csv/"])
    relay.relay_once()
    assert [line for line in records if found_in(line)] == []
    names = {line.partition(":")[0] for line in records}
    assert {"sagaflow.participants", "sagaflow.sinks", "sagaflow.admin.readonly", "django.template"} <= names
    assert any(MASK in line and "Traceback" in line for line in records)


@pytest.fixture
def carried(known):
    """``carried(url)``: everything that a broker was given during the runs."""
    opened = []

    class Seen(Middleware):
        def before_enqueue(self, broker, message, delay):
            sent.append(message.encode().decode())

    def carried(url):
        transport = actors.Transport(url)
        opened.append(transport)
        transport.broker.add_middleware(Seen())
        for service in ("", "vault", "external"):
            transport.broker.declare_queue(actors.queue_of(service))

        def send(*, run_id, service, **_):
            transport.send(run_id, service)

        signals.work_due.connect(send, weak=False, dispatch_uid="tests.canaries")
        runs = secretive.fill()
        assert transport.flush(20)
        return runs, sent

    sent = []
    yield carried
    signals.work_due.disconnect(dispatch_uid="tests.canaries")
    for transport in opened:
        transport.close()


def test_no_hint_in_memory_tells_them(carried):
    runs, sent = carried("embedded")
    assert set(runs.values()) <= set(re.findall(r"[0-9a-f-]{36}", "".join(sent)))
    assert [message for message in sent if found_in(message)] == []


@pytest.mark.servers
def test_no_key_of_redis_tells_them(carried, redis_server):
    import redis

    runs, sent = carried(redis_server.url)
    with redis.Redis.from_url(redis_server.url) as client:
        kept = {key: client.dump(key) for key in client.scan_iter(count=1000)}
        told = b"".join(b"".join(client.hvals(key)) for key in kept if client.type(key) == b"hash")
    assert set(runs.values()) <= set(re.findall(r"[0-9a-f-]{36}", told.decode("utf-8", "replace")))
    for text in (*sent, told.decode("utf-8", "replace"), *(value.decode("latin-1") for value in kept.values())):
        assert not found_in(text)


@pytest.mark.servers
def test_no_queue_of_rabbitmq_tells_them(carried, rabbitmq):
    runs, sent = carried(rabbitmq.url)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq.url))
    channel, told = connection.channel(), []
    for queue in rabbitmq._queues():
        while (found := channel.basic_get(queue, auto_ack=True))[0] is not None:
            told.append(f"{found[1]} {found[2].decode()}")
    connection.close()
    assert set(runs.values()) <= set(re.findall(r"[0-9a-f-]{36}", "".join(told)))
    assert [message for message in (*sent, *told) if found_in(message)] == []


def test_no_command_tells_them(runs):
    assert set(SUBCOMMANDS) == set(READS) | ACTS | SERVERS
    for command, ways in READS.items():
        for way in ways:
            for run in runs.values() if any("{run}" in part for part in way) else [""]:
                said = sf(command, *(part.format(run=run) for part in way))
                assert said.code in (0, 1), (command, way, said.err)
                assert not found_in(said.out + said.err), (command, way)
    for run in runs.values():
        for verb in VERBS[:-1]:
            said = sf("operate", verb, run, *([] if verb in ("roll_back", "cancel") else ["pay"]), "--reason", "x")
            assert not found_in(said.out + said.err), verb


def test_events_that_leave_hold_them_only_where_the_definition_declares_the_event(runs):
    """An orchestrated step publishes what it is asked to publish. Each receiver of an event gets its whole payload."""
    published = OutboxMessage.objects.filter(run__in=runs.values())
    assert set(published.values_list("event", flat=True)) > {"GiveCompleted", "SagaCompleted"}
    holding = {row.event for row in published if found_in(row.payload)}
    assert holding == {"GiveCompleted", "GiveCompensated", "HearCompleted"}
    assert not found_in("".join(published.values_list("error", flat=True)))


def _in_admin(name):
    try:
        return bool(reverse(f"admin:sagaflow_{name}_changelist"))
    except NoReverseMatch:
        return False


def _go_through(run, mode):
    secretive.settle(run)
    engine.publish("Heard", run, {"card": f"{STEM}-event"})
    secretive.settle(run)
    secretive._answer(run, mode)
