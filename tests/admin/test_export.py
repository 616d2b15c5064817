"""Exports contain what the list shows. They are streamed, and harmless in a spreadsheet."""

import asyncio
import csv
import io
import json
import tracemalloc
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.test import RequestFactory

from sagaflow import models
from sagaflow.admin.export import guarded, streamed
from sagaflow.models import JournalEntry
from tests.admin.conftest import body
from tests.admin.many import many_entries
from tests.records import RECORDS, model_of

MANY = 2000


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("name", RECORDS)
def test_both_forms_hold_every_row_with_the_same_columns(boss, recorded, name):
    table = boss.get(f"/admin/sagaflow/{name}/export/csv/")
    lines = boss.get(f"/admin/sagaflow/{name}/export/jsonl/")
    assert table.streaming
    assert f'filename="{name}.csv"' in table["Content-Disposition"]
    assert "no-store" in table["Cache-Control"]
    said, read = rows_of(body(table)), [json.loads(line) for line in body(lines).splitlines()]
    assert len(said) == len(read) == model_of(name).objects.count() > 0
    assert list(said[0]) == list(read[0])


def test_an_export_holds_what_the_list_shows(boss, recorded):
    base = "/admin/sagaflow/journalentry/"
    read = [json.loads(line) for line in body(boss.get(f"{base}export/jsonl/?kind=RunStarted")).splitlines()]
    assert {each["kind"] for each in read} == {"RunStarted"}
    assert len(read) == 4
    assert body(boss.get(f"{base}export/jsonl/?q={recorded[:8]}")).count("\n") < JournalEntry.objects.count()
    html = boss.get(f"{base}?kind=RunStarted").content.decode()
    assert 'href="/admin/sagaflow/journalentry/export/csv/?kind=RunStarted"' in html
    assert boss.get(f"{base}export/csv/?run__id__exact=x").status_code in (302, 400)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "=cmd|' /C calc'!A0",
        "\uff1d1",
        '=HYPERLINK("x")',
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), ("plain", "plain"), (-5, "-5"), ({"a": "=1"}, '{"a": "=1"}'), ("a=b", "a=b")]
)
def test_other_values_stay_as_they_are(value, cell):
    assert guarded(value) == cell


def test_every_cell_is_guarded(boss, recorded):
    models.UnmatchedEvent.objects.update(event="=cmd|' /C calc'!A0", source="@x", reason="+1", correlation_id="-1")
    (row,) = rows_of(body(boss.get("/admin/sagaflow/unmatchedevent/export/csv/")))
    assert (row["event"], row["source"], row["reason"], row["correlation_id"]) == (
        "'=cmd|' /C calc'!A0",
        "'@x",
        "'+1",
        "'-1",
    )


def test_memory_stays_the_same_whatever_the_length(boss, run_of):
    many_entries(run_of(), MANY)
    length, peak = exported(boss)
    many_entries(run_of(), 4 * MANY)
    longer, peak_of_longer = exported(boss)
    assert longer > 4 * length
    assert peak_of_longer < 1.5 * peak


def exported(client):
    """The bytes of a table, and the most memory that was needed to write it."""
    table = client.get("/admin/sagaflow/journalentry/export/csv/")
    tracemalloc.start()
    try:
        length = sum(len(part) for part in table.streaming_content)
        return length, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.django_db(transaction=True)
def test_behind_asgi_the_rows_are_streamed_too(run_of, admin_user):
    """Django would collect an iterator that is not asynchronous in memory."""
    run_of()
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": []}, io.BytesIO())
    request.user = admin_user
    rows = JournalEntry.objects.all()
    answer = streamed(request, rows, {"seq": lambda row, _: row.seq}, "jsonl", "journal")
    assert answer.is_async

    async def read():
        try:
            return b"".join([part async for part in answer])
        finally:
            await sync_to_async(connections.close_all)()  # the connections of the thread that read

    read_rows = asyncio.run(read()).decode().splitlines()
    assert len(read_rows) == rows.count()
    plain = RequestFactory().get("/")
    plain.user = admin_user
    assert streamed(plain, rows, {"seq": lambda row, _: row.seq}, "jsonl", "journal").is_async is False


def test_an_export_is_written_to_the_log(boss, recorded, caplog):
    caplog.set_level("INFO", "sagaflow")
    boss.get(f"/admin/sagaflow/run/export/csv/?q={quote('page_parcel')}")
    assert "boss exported runs as csv, 'q=page_parcel'." in caplog.text
