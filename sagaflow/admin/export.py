"""Exports rows as CSV and JSON lines. The export is streamed in batches, so that its length does not need memory.

Each batch is a separate query that starts after the last primary key. So no cursor stays open during a slow download,
and WSGI and ASGI servers work the same way.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from sagaflow.admin.masking import Masking
from sagaflow.core.words.steering import visible

__all__ = ["FORMATS", "Columns", "guarded", "stored", "streamed"]

Columns = Mapping[str, Callable[[Any, Masking], Any]]
"""The columns of an export: name → function of a row that returns a JSON value, a time or a UUID."""
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
BATCH = 500
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet treats a cell that begins with one of these as a formula; the last four are full-width forms."""
BOM = "\ufeff"


def stored(*names: str, **renamed: str) -> dict[str, Callable[[Any, Masking], Any]]:
    """Return columns that export fields of a row unchanged. ``renamed`` has the field of a column with another name."""
    return {name: _stored(field) for name, field in {**renamed, **dict(zip(names, names, strict=True))}.items()}


def _stored(field: str) -> Callable[[Any, Masking], Any]:
    value_of = attrgetter(field)
    return lambda row, _: value_of(row)


def streamed(request: HttpRequest, rows: Any, columns: Columns, form: str, name: str) -> StreamingHttpResponse:
    """Return the download of a query set, masked for the user of the request."""
    texts = _texts(rows, columns, Masking(request.user), form)
    content = _in_turn(texts) if isinstance(request, ASGIRequest) else texts
    return StreamingHttpResponse(
        content,
        content_type=FORMATS[form],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        },
    )


def guarded(value: Any) -> str:
    """Return a cell of CSV, with an apostrophe before a text that a spreadsheet would treat as a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return visible(json.dumps(value, ensure_ascii=False))
    return visible(f"'{value}" if value.lstrip(" ").startswith(FORMULAS) else value, kept="\t\n\r")


def _texts(rows: Any, columns: Columns, masking: Masking, form: str) -> Iterator[str]:
    """Yield one text per batch."""
    if form == "csv":
        yield BOM + _csv([list(columns)])
    for batch in _batches(rows):
        values = [[_plain(value(row, masking)) for value in columns.values()] for row in batch]
        yield _csv(values) if form == "csv" else _lines(columns, values)


def _batches(rows: Any) -> Iterator[list[Any]]:
    rows, last = rows.order_by("pk"), None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield batch
        last = batch[-1].pk


async def _in_turn(texts: Iterator[str]) -> AsyncIterator[str]:
    """Yield the texts asynchronously, because under ASGI Django would collect a synchronous iterator completely."""
    next_text = sync_to_async(lambda: next(texts, None))
    while (text := await next_text()) is not None:
        yield text


def _csv(table: list[list[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([guarded(value) for value in row] for row in table)
    return file.getvalue()


def _lines(columns: Columns, table: list[list[Any]]) -> str:
    return "".join(f"{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)}\n" for row in table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
