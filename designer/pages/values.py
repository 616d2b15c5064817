"""A value of a run in pieces: a page shows the beginning of a large one, and asks for the rest when a user opens it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from designer.pages.run_page import RunPage
from sagaflow import run_view, store
from sagaflow.core.mask import masked
from sagaflow.core.run import queries

__all__ = ["piece", "run_value"]

MOST_ITEMS = 100
"""The number of items of an object or an array in one piece."""
MOST_CHARACTERS = 20_000
"""The number of characters of a text in one piece."""
SHORT = 500
"""A value whose JSON is not longer comes whole within its parent; a longer text is cut here."""


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def run_value(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One piece of a value as JSON, masked as on the page; with ``?whole=1`` the whole value, as a file.

    ``?of=``: ``input`` (also without it), ``entry/<number>``, or ``step/<name>/<field>`` with the field ``input``,
    ``outputs``, ``output`` or ``undo_output``. ``?at=`` is a JSON pointer into it, ``?from=`` the first item or
    character.
    """
    page = RunPage.of(request, str(run_id))
    what = request.GET.get("of") or "input"
    value = _value(page, what)
    if request.GET.get("whole"):
        name = f"{page.run_id[:8]}-{what.replace('/', '-')}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return HttpResponse(text, content_type="application/json", headers=headers)
    start = request.GET.get("from", "0")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 0  # noqa: PLR2004
    found = piece(_at(value, request.GET.get("at", "")), first)
    return JsonResponse(found, headers={"Cache-Control": "no-store"})


def piece(value: Any, first: int = 0) -> dict[str, Any]:
    """Return a part of a value: ``kind``, ``size``, its ``items`` or ``text``, and ``next``, where the rest begins."""
    match value:
        case str():
            end = first + MOST_CHARACTERS
            rest = {"next": end} if end < len(value) else {}
            return {"kind": "text", "size": len(value), "text": value[first:end], **rest}
        case Mapping() | list() | tuple():
            pairs = list(value.items()) if isinstance(value, Mapping) else list(enumerate(value))
            end = first + MOST_ITEMS
            rest = {"next": end} if end < len(pairs) else {}
            items = [[key, _within(item)] for key, item in pairs[first:end]]
            return {"kind": _kind(value), "size": len(pairs), "items": items, **rest}
        case _:
            return {"kind": "plain", "size": 1, "whole": value}


def _within(value: Any) -> dict[str, Any]:
    """Return what a piece says about one of its items."""
    if isinstance(value, str):
        return {"whole": value} if len(value) <= SHORT else _beginning(value)
    if isinstance(value, Mapping | list | tuple):
        if len(value) <= MOST_ITEMS and len(json.dumps(value, ensure_ascii=False)) <= SHORT:
            return {"whole": value}
        return {"kind": _kind(value), "size": len(value)}
    return {"whole": value}


def _beginning(text: str) -> dict[str, Any]:
    return {"kind": "text", "size": len(text), "text": text[:SHORT]}


def _kind(value: Any) -> str:
    return "object" if isinstance(value, Mapping) else "array"


def _value(page: RunPage, what: str) -> Any:
    """Return the masked value.

    Raises:
        Http404: the run has no such value.
    """
    match what.split("/"):
        case ["input"]:
            return masked(page.state.input, page.sensitive)
        case ["entry", number] if number.isascii() and number.isdigit() and len(number) < 19:  # noqa: PLR2004
            for entry in store.journal(page.run_id, int(number) - 1, limit=1) if int(number) else ():
                if entry.seq == int(number):
                    return run_view.entry(page.saga, entry, sensitive=page.sensitive)["data"]
        case ["step", name, field] if name in page.saga.steps:
            given, outputs = queries.inputs(page.saga, page.state, name)
            step = page.state.steps[name]
            fields = {"input": given, "outputs": outputs, "output": step.output, "undo_output": step.undo_output}
            if field in fields:
                return masked(fields[field], page.sensitive)
    raise Http404(f"The run has no value '{what[:64]}'.")


def _at(value: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer (RFC 6901).

    Raises:
        Http404: there is none.
    """
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif _is_index(value, key):
            value = value[int(key)]
        else:
            raise Http404(f"There is nothing at '{pointer[:64]}'.")
    return value


def _is_index(value: Any, key: str) -> bool:
    fits = isinstance(value, Sequence) and not isinstance(value, str) and key.isascii() and key.isdigit()
    return fits and len(key) < 10 and int(key) < len(value)  # noqa: PLR2004
