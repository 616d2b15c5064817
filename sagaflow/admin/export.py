"""Exports as CSV and JSON lines: streamed a batch at a time, so that memory stays the same whatever the length.

Each batch is a query of its own that goes on after the last primary key. No cursor stays open while somebody downloads
slowly, and it is the same behind a server of either kind (WSGI or ASGI).
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from sagaflow.admin.masking import Sight

__all__ = ["FORMATS", "Columns", "guarded", "streamed"]

Columns = Mapping[str, Callable[[Any, Sight], Any]]
"""Name → value of a row, in JSON types, times or UUIDs."""
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
BATCH = 500
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a spreadsheet takes a cell for a formula, full-width forms included."""
BOM = "\ufeff"


def streamed(request: HttpRequest, rows: Any, columns: Columns, form: str, name: str) -> StreamingHttpResponse:
    """The download of a query set, masked for who asks."""
    texts = _texts(rows, columns, Sight.of(request.user), form)
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
    """A cell of CSV. What a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if value.lstrip(" ").startswith(FORMULAS) else value


def _texts(rows: Any, columns: Columns, sight: Sight, form: str) -> Iterator[str]:
    """One text per batch."""
    if form == "csv":
        yield BOM + _csv([list(columns)])
    for batch in _batches(rows):
        values = [[_plain(value(row, sight)) for value in columns.values()] for row in batch]
        yield _csv(values) if form == "csv" else _lines(columns, values)


def _batches(rows: Any) -> Iterator[list[Any]]:
    rows, last = rows.order_by("pk"), None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield batch
        last = batch[-1].pk


async def _in_turn(texts: Iterator[str]) -> AsyncIterator[str]:
    """ASGI would collect the whole of an iterator that is not asynchronous."""
    following = sync_to_async(lambda: next(texts, None))
    while (text := await following()) is not None:
        yield text


def _csv(table: list[list[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([guarded(value) for value in row] for row in table)
    return written.getvalue()


def _lines(columns: Columns, table: list[list[Any]]) -> str:
    return "".join(f"{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)}\n" for row in table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
