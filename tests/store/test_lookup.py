"""Lists of runs: the result and the order of each filter. No statement reads or sorts the whole table."""

import random
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sagaflow.core.definition import document
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.payload import canonical
from sagaflow.core.run.attention import Attention
from sagaflow.models import Definition, Run, SearchValue
from sagaflow.store import search_values
from sagaflow.store.lists import lookup, text
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.paging import cursor_after, read_cursor
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.lists.sort import NEWEST, Sort
from tests.roles import the_owner

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("running", "parked", "stuck", "completed", "completed", "completed", "rolled_back")
SAGAS = tuple(
    Saga(f"list_{name}", (orchestrated("main", Step("pay", "bank.pay"), team=team),), search={"customer": "/customer"})
    for name, team in (("order", "sales"), ("return", "sales"), ("audit", "books"))
)
MANY = 20_000
SCOPE = RunScope(frozenset({"list_order"}), frozenset({SAGAS[2].digest}))


def fill(count):
    """Runs of three sagas. Several have the same time, so that their order depends on the ID."""
    dice = random.Random(7)
    for number, saga in enumerate(SAGAS):
        text = canonical(document.dump(saga))
        Definition.objects.create(digest=saga.digest, name=saga.name, version=number + 1, document=text)
    made = [_run(dice, number) for number in range(count)]
    Run.objects.bulk_create(made, batch_size=500)
    values = [
        SearchValue(
            run=run, name="customer", **search_values.columns(run.search["customer"]), created_at=run.created_at
        )
        for run in made
    ]
    SearchValue.objects.bulk_create(values, batch_size=500)
    return made


def _run(dice, number):
    saga, status = dice.choice(SAGAS), dice.choice(STATUSES)
    at = BEGIN + timedelta(seconds=number // 3)
    needy = status in ("parked", "stuck") and dice.random() < 0.5
    return Run(
        id=uuid.UUID(int=dice.getrandbits(128)),
        saga=saga.name,
        key=f"order-{number}" if number % 3 else None,
        definition_id=saga.digest,
        status=status,
        attention=dice.choice(list(Attention)) if needy else "",
        failure="pay|refused|no money" if needy else "",
        error="refused no money" if needy else "",
        step="pay" if status in ("running", "parked", "stuck") else "",
        direction={"stuck": "undo", "running": "do", "parked": "do"}.get(status, ""),
        snapshot="{}",
        seq=1,
        head="",
        created_at=at,
        updated_at=at + timedelta(seconds=dice.randrange(900)),
        ended_at=at + timedelta(seconds=dice.randrange(900)) if status in ("completed", "rolled_back") else None,
        search={"customer": f"C-{number % 97}"},
    )


FILTERS = {
    "all": RunFilter(),
    "saga": RunFilter(saga="list_order"),
    "status": RunFilter(status="stuck"),
    "key": RunFilter(key="order-47"),
    "a key of another saga": RunFilter(key="order-47", saga="list_order"),
    "a key that no run has": RunFilter(key="order-48"),
    "scope and key": RunFilter(scope=SCOPE, key="order-47"),
    "a word that is a key": RunFilter(words=("order-47",)),
    "saga and status": RunFilter(saga="list_order", status="stuck"),
    "a reason": RunFilter(attention="parked"),
    "any reason": RunFilter(attention="*"),
    "team": RunFilter(team="sales"),
    "version": RunFilter(digest=SAGAS[2].digest),
    "failure": RunFilter(saga="list_order", failure="pay|refused|no money"),
    "time": RunFilter(since=BEGIN + timedelta(seconds=20), until=BEGIN + timedelta(seconds=60)),
    "search": RunFilter(search={"customer": ("C-5",)}),
    "two readings": RunFilter(search={"customer": ("C-5", "C-6")}),
    "search and status": RunFilter(search={"customer": ("C-5",)}, status="completed"),
    "step": RunFilter(step="pay"),
    "direction": RunFilter(direction="undo"),
    "step, direction and status": RunFilter(step="pay", direction="do", status="parked"),
    "open": RunFilter(status="open"),
    "needed": RunFilter(attention="needed"),
    "text of an error": RunFilter(error="NO mon"),
    "a word within a value": RunFilter(words=("-9",)),
    "a word within a saga": RunFilter(words=("RETURN",)),
    "a word that is a step": RunFilter(words=("pay",)),
    "a word within an error": RunFilter(words=("fused",)),
    "a word that begins an ID": RunFilter(words=("c0f",)),
    "two words and a status": RunFilter(words=("order", "c-9"), status="completed"),
    "scope": RunFilter(scope=SCOPE),
    "scope and status": RunFilter(scope=SCOPE, status="stuck"),
    "scope and any reason": RunFilter(scope=SCOPE, attention="*"),
    "scope and saga": RunFilter(scope=SCOPE, saga="list_return"),
    "scope and team": RunFilter(scope=SCOPE, team="sales"),
    "scope and version": RunFilter(scope=SCOPE, digest=SAGAS[2].digest),
    "scope and search": RunFilter(scope=SCOPE, search={"customer": ("C-5",)}),
    "scope and step": RunFilter(scope=SCOPE, step="pay"),
    "needed and open": RunFilter(attention="needed", status="open"),
    "search, needed and open": RunFilter(search={"customer": ("C-5",)}, attention="needed", status="open"),
    "scope and word": RunFilter(scope=SCOPE, words=("c-9",)),
    "everything": RunFilter(saga="list_return", team="sales", attention="*", since=BEGIN),
}


def has_word(run, word):
    """A naive search: what a user would point at."""
    within = (run.saga, run.step, run.error, run.search["customer"].casefold())
    return any(word.casefold() in text for text in within) or run.pk.hex.startswith(word) or run.key == word


def expected(made, wanted, sort=NEWEST):
    teams = {saga.name: saga.segments[0].team for saga in SAGAS}
    statuses = {"open": ("running", "parked", "stuck")}.get(wanted.status, (wanted.status,))
    reasons = {"*": list(Attention), "needed": [each for each in Attention if each != "retrying"]}
    found = [
        run
        for run in made
        if (not wanted.saga or run.saga == wanted.saga)
        and (not wanted.key or run.key == wanted.key)
        and (not wanted.digest or run.definition_id == wanted.digest)
        and (not wanted.status or run.status in statuses)
        and (wanted.attention is None or run.attention in reasons.get(wanted.attention, ["parked"]))
        and (not wanted.team or teams[run.saga] == wanted.team)
        and (not wanted.failure or run.failure == wanted.failure)
        and (wanted.since is None or run.created_at >= wanted.since)
        and (wanted.until is None or run.created_at < wanted.until)
        and all(run.search[name] in values for name, values in wanted.search.items())
        and (not wanted.step or run.step == wanted.step)
        and (not wanted.direction or run.direction == wanted.direction)
        and (not wanted.error or wanted.error.casefold() in run.error)
        and all(has_word(run, word) for word in wanted.words)
        and (sort.by != "ended" or run.ended_at is not None)
        and (wanted.scope.sagas is None or run.saga in SCOPE.sagas or run.definition_id in SCOPE.digests)
    ]
    return [str(run.pk) for run in sorted(found, key=sort.key, reverse=not sort.oldest_first)]


@pytest.mark.parametrize("name", FILTERS)
def test_page_by_page_the_list_shows_exactly_what_the_filter_means_the_newest_first(name):
    made, wanted = fill(600), FILTERS[name]
    shown, before = [], None
    while page := lookup.find(wanted, limit=7, before=before):
        shown += [run.run_id for run in page]
        before = (page[-1].created_at, page[-1].run_id)
    assert shown == expected(made, wanted)
    assert lookup.count(wanted) == len(shown)
    assert [run_id for run_id, _ in lookup.ids(wanted, limit=5)] == shown[:5]
    assert lookup.count(wanted, most=3) == min(3, len(shown))


@pytest.mark.parametrize("text", ["updated", "updated-oldest", "ended", "ended-oldest", "started-oldest"])
@pytest.mark.parametrize("name", ["all", "scope and any reason", "search and status", "a word within a value", "open"])
def test_a_list_can_be_in_the_order_of_each_time_from_either_end(name, text):
    made, wanted, sort = fill(300), FILTERS[name], Sort.read(text)
    shown, before = [], None
    while page := lookup.find(wanted, limit=7, before=before, sort=sort):
        shown += [run.run_id for run in page]
        before = read_cursor(cursor_after(page[-1], sort))
    assert shown == expected(made, wanted, sort)
    assert sort.text == text


def test_without_trigrams_only_the_newest_runs_are_searched_for_the_middle_of_a_text(monkeypatch):
    made = fill(60)
    monkeypatch.setattr(text, "NEWEST", 20)
    monkeypatch.setattr(text, "_has_trigrams", lambda alias: False)
    newest = sorted(made, key=NEWEST.key, reverse=True)[:21]
    wanted = RunFilter(words=("c-",))
    assert [run.run_id for run in lookup.find(wanted, limit=99)] == expected(newest, wanted)
    assert text.is_limited(["c-"])
    monkeypatch.setattr(text, "NEWEST", 60)
    assert not text.is_limited(["c-"])


def test_a_value_is_found_as_text_and_as_a_number_but_nothing_else_is():
    made = fill(3)
    for run, value in zip(made, (42, "42", "420"), strict=True):
        Run.objects.filter(pk=run.pk).update(search={"order": value})
        SearchValue.objects.create(run=run, name="order", **search_values.columns(value), created_at=run.created_at)
    found = lookup.find(RunFilter(search={"order": ("42", 42)}), limit=9)
    assert {run.search["order"] for run in found} == {42, "42"}


def test_a_number_is_found_however_it_is_written():
    made = fill(3)
    for run, value in zip(made, (2, 2.0, True), strict=True):
        stored = {"run": run, "created_at": run.created_at, **search_values.columns(value)}
        SearchValue.objects.create(name="count", **stored)
    for value in (2, 2.0):
        found = lookup.find(RunFilter(search={"count": (value,)}), limit=9)
        assert {run.run_id for run in found} == {str(run.pk) for run in made[:2]}
    assert search_values.spellings(True) == {"true"}
    assert search_values.spellings(2**62 + 1) == {"4611686018427387905"}
    assert search_values.spellings(0.5) == {"0.5"}


SEARCHED = {f"a{at}": (str(at), at) for at in range(26)}
SENT = {
    "thirty terms": (RunFilter(search=SEARCHED, status="open", attention="needed", saga="list_order"), NEWEST, 2),
    "many attributes": (RunFilter(search=SEARCHED), NEWEST, 2),
    "in another order": (RunFilter(search=SEARCHED, status="open", attention="*"), Sort.read("updated"), 1),
    "reasons and statuses": (RunFilter(status="open", attention="*"), NEWEST, len(Attention)),
    "statuses": (RunFilter(status="open"), NEWEST, 4),
    "reasons in another order": (RunFilter(status="open", attention="needed"), Sort.read("updated"), 1),
    "a wide scope": (
        RunFilter(scope=RunScope(frozenset(f"s{at}" for at in range(150)), frozenset()), status="open"),
        NEWEST,
        4,
    ),
}
"""Filter, order, and the number of statements that it may take."""


@pytest.mark.parametrize(("wanted", "sort", "most"), SENT.values(), ids=SENT)
def test_the_statements_of_a_list_do_not_multiply_with_the_terms_of_a_filter(wanted, sort, most):
    fill(3)
    assert len(list(plans(lambda: lookup.find(wanted, limit=9, sort=sort)))) == most
    if sort is NEWEST:
        assert len(list(plans(lambda: lookup.count(wanted)))) == most


@pytest.mark.parametrize("sort", [NEWEST, Sort.read("updated")])
def test_each_of_several_attributes_is_found_however_its_number_is_written(sort):
    made = fill(3)
    for run, values in zip(made, ((1, 2.0), (1.0, 2), (1, 3)), strict=True):
        for name, value in zip(("one", "two"), values, strict=True):
            stored = {"run": run, "created_at": run.created_at, **search_values.columns(value)}
            SearchValue.objects.create(name=name, **stored)
    found = lookup.find(RunFilter(search={"one": ("1", 1), "two": ("2", 2)}), limit=9, sort=sort)
    assert {run.run_id for run in found} == {str(run.pk) for run in made[:2]}


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Twenty thousand runs, created once."""
    from django.db import transaction

    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":  # what earlier tests left in tables and indexes counts in a plan
            with the_owner(), connection.cursor() as cursor:
                cursor.execute("VACUUM FULL sagaflow_run, sagaflow_searchvalue")
        transaction.set_autocommit(False)
        made = fill(MANY)
        with the_owner(), connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield made
        transaction.rollback()
        transaction.set_autocommit(True)


WASTE = {
    "sqlite": re.compile(r"SCAN sagaflow_\w+\b(?! USING)|TEMP B-TREE"),
    "postgresql": re.compile(r"Seq Scan on sagaflow_(run|searchvalue)|Sort +\(cost=\S+ rows=\d{4,}"),
}
"""PostgreSQL may sort the few rows that a rare value has, but not thousands."""


def plans(work):
    """The plan of every statement that ``work`` sends about runs. On SQLite the parameters are not filled in."""
    sent = []
    with connection.execute_wrapper(
        lambda run, sql, given, *rest: (sent.append((sql, given)), run(sql, given, *rest))[1]
    ):
        work()
    with connection.cursor() as cursor:
        for sql, given in sent:
            if "sagaflow_run" in sql:
                if connection.vendor == "sqlite":
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given)
                else:
                    cursor.execute(f"EXPLAIN {connection.ops.compose_sql(sql, given)}")
                yield sql, "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


TEXTS = [name for name, wanted in FILTERS.items() if wanted.words or wanted.error]
"""The filters that look for text: they read an index of the texts, and sort the runs that have it."""
KEYS = [name for name, wanted in FILTERS.items() if wanted.key]
"""The filters by a key: they read and sort the runs with the key, of which each saga has one, and its retries."""


@pytest.mark.parametrize("name", [name for name in FILTERS if name not in (*TEXTS, *KEYS)])
@pytest.mark.parametrize("deep", [False, True])
def test_no_statement_of_a_page_reads_or_sorts_the_whole_table(many, name, deep):
    middle = many[MANY // 2]
    before = (middle.created_at, str(middle.pk)) if deep else None
    for statement, plan in plans(lambda: lookup.find(FILTERS[name], limit=51, before=before)):
        assert not WASTE[connection.vendor].search(plan), f"{statement}\n{plan}"


@pytest.mark.parametrize("name", KEYS)
def test_the_runs_with_a_key_are_read_by_its_index(many, name):
    for statement, plan in plans(lambda: lookup.find(FILTERS[name], limit=51)):
        assert "sagaflow_run_key" in plan, f"{statement}\n{plan}"


@pytest.mark.parametrize("by", ["updated", "updated-oldest", "ended", "ended-oldest", "started-oldest"])
def test_no_statement_of_a_page_in_another_order_reads_or_sorts_the_whole_table(many, by):
    for statement, plan in plans(lambda: lookup.find(RunFilter(), limit=51, sort=Sort.read(by))):
        assert not WASTE[connection.vendor].search(plan), f"{statement}\n{plan}"


@pytest.fixture
def by_index():
    """PostgreSQL reads a table from end to end only where no index can serve: it may like to, for a common word."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        yield
        cursor.execute("RESET enable_seqscan")


@pytest.mark.parametrize("name", [name for name in TEXTS if "-9" not in FILTERS[name].words])
def test_an_index_serves_each_search_for_text(many, by_index, name):
    whole = {"sqlite": r"SCAN sagaflow_\w+\b(?! USING)", "postgresql": r"Seq Scan on sagaflow_run\b"}
    for statement, plan in plans(lambda: lookup.find(FILTERS[name], limit=51)):
        assert not re.search(whole[connection.vendor], plan), f"{statement}\n{plan}"
