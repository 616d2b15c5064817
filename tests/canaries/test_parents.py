"""A parent run shows no field that its sub-saga masks: not the output of it, nor the input that it got."""

import asyncio
import json

import pytest
from django.contrib.auth.models import Group

from designer import urls as designer_urls
from sagaflow import engine, registry, run_view, store
from sagaflow.core.definition.input_mapping import pick
from sagaflow.core.definition.saga import Observer, Saga, Step, SubSaga, orchestrated
from sagaflow.core.participant import BusinessError
from sagaflow.models import JournalEntry, OutboxMessage, RollbackRecord, Run, Scope, SearchValue
from sagaflow.registry import Action
from sagaflow.store.masks import covering, masked_of
from tests.canaries.test_secrets import interface
from tests.cli.conftest import sf
from tests.live.conftest import in_thread, opened
from tests.people import client_as, user_of

pytestmark = pytest.mark.one_database

SECRET = "canary-4711"
CHILD = Saga("vault-child", orchestrated("main", Step("give", "vault.give")), sensitive=("Pin",))
MIDDLE = Saga("vault-middle", orchestrated("main", Step("inner", SubSaga("vault-child"))))
SOURCE = {"pin": pick("/input/number"), "plain": "x"}
TARGET = {"code": pick("/steps/sub/inner/give/pin")}
PARENT = Saga(
    "vault-parent",
    orchestrated(
        "main",
        Step("sub", SubSaga("vault-middle"), input=SOURCE),
        Step("use", "vault.use", input=TARGET),
    ),
    search={"pin": "/pin", "order": "/order"},
)
INPUT = {"number": SECRET, "pin": SECRET, "order": "17"}


@pytest.fixture
def run(monkeypatch, transactional_db):
    for name in ("_actions", "_sagas", "_subscribers"):
        monkeypatch.setattr(registry, name, {})
    registry.add(Action(name="vault.give", does=lambda context: {"pin": SECRET, "ok": 1}))
    registry.add(Action(name="vault.use", does=lambda context: {"ok": 1}))
    for saga in (CHILD, MIDDLE, PARENT):
        registry.register(saga)
    run = engine.start("vault-parent", INPUT, by="vera")
    for _ in range(20):
        for each in Run.objects.filter(ended_at=None).values_list("pk", flat=True):
            while engine.wake(str(each)):
                pass
    assert engine.state(run)[1].status == "completed"
    return run


def shown(client, run):
    """Every page and every answer of the API about the run, by address."""
    patterns = [each for each in designer_urls.urlpatterns if str(each.pattern).count("<") == 1]
    paths = [
        f"/{each.pattern}".replace("<uuid:run_id>", run) for each in patterns if "<uuid:run_id>" in str(each.pattern)
    ]
    paths += [path.replace("{run_id}", run) for path in interface(client) if path.count("{") == path.count("{run_id}")]
    paths += ["/", "/?q=order%3D17", f"/runs/{run}/?step=sub", f"/runs/{run}/?step=use", f"/jump/?q={run}"]
    answers = {path: client.get(path) for path in dict.fromkeys(paths)}
    assert sum(answer.status_code == 200 for answer in answers.values()) > 8
    return {path for path, answer in answers.items() if SECRET in answer.content.decode(errors="replace")}


def test_a_parent_run_shows_nothing_that_its_sub_sagas_mask(run):
    every = ("view_run", "start_run", "operate_run", "approve_step", "design_saga")
    assert shown(client_as(user_of("vera", *every)), run) == set()
    seen = shown(client_as(user_of("root", root=True)), run)
    assert {f"/api/runs/{run}", f"/api/runs/{run}/journal"} <= seen
    assert SECRET not in str(run_view.of(run, with_journal=True))
    assert not SearchValue.objects.filter(value=SECRET).exists()


def test_who_may_see_the_fields_of_the_parent_only_sees_those_of_the_sub_saga_nowhere(run):
    group, _ = Group.objects.get_or_create(name="parents")
    Scope.objects.create(group=group, permission="view_sensitive", saga="vault-parent")
    client = client_as(user_of("pia", "view_run", "view_sensitive", groups=["parents"]))
    assert shown(client, run) == set()
    Scope.objects.create(group=group, permission="view_sensitive", saga="vault-child")
    Scope.objects.create(group=group, permission="view_sensitive", saga="vault-middle")
    assert f"/api/runs/{run}" in shown(client_as(user_of("pia", "view_run", "view_sensitive", groups=["parents"])), run)


def test_a_sub_saga_that_masks_no_more_shows_nothing_of_earlier_runs(run):
    registry.register(Saga("vault-child", CHILD.segments), replace=True)
    assert SECRET not in str(run_view.of(run))
    assert masked_of(store.definition_of(PARENT.digest)) == ("Pin", "number", "code")


def test_a_saga_that_starts_itself_has_its_own_masks_once(monkeypatch, transactional_db):
    monkeypatch.setattr(registry, "_sagas", {})
    again = Saga("vault-again", orchestrated("main", Step("sub", SubSaga("vault-again"))), sensitive=("pin",))
    registry.register(again)
    assert masked_of(again) == ("pin",)
    assert masked_of(again, lambda _: False) == ()
    assert masked_of(Saga("vault-alone", orchestrated("main", Step("sub", SubSaga("vault-unknown"))))) == ()


def quote(context):
    raise BusinessError("refused", f"refused {context.input['code']} of {context.input!r}")


LOUD = Saga(
    "vault-loud",
    orchestrated(
        "main",
        Step("sub", SubSaga("vault-middle"), input=SOURCE),
        Step("say", "vault.say", input=TARGET),
        Step("quote", "vault.quote", input=TARGET),
    ),
    observers=(Observer("hear", "vault.hear", ("SayCompleted",)),),
)


@pytest.fixture
def quoting(run):
    """``quoting(saga)``: a run of a saga whose action quotes what a sub-saga masks, after everything has happened."""

    def hear(context):
        raise ValueError(f"heard {context.input!r}")

    def quoting(saga):
        for name, does in (("say", lambda context: {"pin": SECRET}), ("quote", quote), ("hear", hear)):
            registry.add(Action(name=f"vault.{name}", does=does))
        registry.register(saga)
        loud = engine.start(saga.name, INPUT, by="vera")
        for _ in range(9):
            for each in Run.objects.filter(ended_at=None).values_list("pk", flat=True):
                while engine.wake(str(each)):
                    pass
        return loud

    return quoting


def test_messages_of_errors_of_a_parent_lack_what_its_sub_sagas_mask(quoting):
    loud = quoting(LOUD)
    state = engine.state(loud)[1]
    assert state.status == "rolled_back"
    assert "refused ••• of" in state.rollback.error.message
    told = {entry.kind: entry.data for entry in JournalEntry.objects.filter(run=loud) if "refused " in entry.data}
    assert {"StepFailed", "RollbackBegan"} <= set(told)
    assert [kind for kind, data in told.items() if SECRET in data] == []
    [record] = RollbackRecord.objects.filter(run=loud)
    assert SECRET not in json.dumps(json.loads(record.record).get("error"))
    assert SECRET not in str(run_view.of(loud, with_journal=True))


def test_events_that_a_parent_publishes_unasked_lack_what_its_sub_sagas_mask(run):
    payloads = OutboxMessage.objects.filter(event="SagaCompleted").values_list("run__saga", "payload")
    assert {saga for saga, _ in payloads} == {"vault-child", "vault-middle", "vault-parent"}
    assert [saga for saga, payload in payloads if SECRET in payload] == []


def test_what_an_observer_of_a_parent_says_lacks_what_its_sub_sagas_mask(quoting):
    message = OutboxMessage.objects.get(run=quoting(LOUD), observer="hear")
    assert SECRET in message.payload  # the definition asked for the event, so its observer gets it whole
    assert "heard" in message.error
    assert SECRET not in message.error


def test_a_run_of_a_parent_is_decided_by_its_own_definition_with_more_masks(run):
    saga = store.definition_of(PARENT.digest)
    covered = covering(saga)
    assert covered.digest == saga.digest
    assert set(covered.masked) == set(covered.sensitive) == {"Pin", "number", "code"}
    assert covering(CHILD) is CHILD


async def listened(client, run, saga):
    frames = []
    async with opened("/ws/runs/", client) as board, opened(f"/ws/runs/{run}/", client) as page:
        frames += [await board.communicator.receive_from(10), await page.communicator.receive_from(10)]
        loud = await in_thread(saga)
        async with opened(f"/ws/runs/{loud}/", client) as other:
            frames.append(await other.communicator.receive_from(10))
        while not await board.communicator.receive_nothing(0.5):
            frames.append(await board.communicator.receive_from(10))
    return frames


def test_no_frame_of_a_socket_and_no_export_tells_what_a_sub_saga_of_the_run_masks(run, quoting):
    client = client_as(user_of("vera", "view_run"))
    frames = asyncio.run(listened(client, run, lambda: quoting(LOUD)))
    assert len(frames) > 3
    assert [frame for frame in frames if SECRET in frame] == []
    loud = str(Run.objects.filter(saga="vault-loud").get().pk)
    assert "rolled_back" in str(frames)
    assert shown(client, loud) == set()
    for words in (["show", loud, "--journal", "--json"], ["runs", "--json"], ["sequence", loud], ["watch", loud]):
        assert SECRET not in sf(*words).out, words
