"""Filters and search. They use columns with an index, and no column that may be masked."""

import operator
import re
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q

from sagaflow import access
from sagaflow.models import Definition

__all__ = ["choice", "is_of_run", "matching", "sagas"]

SHORTEST_ID = 4
Choices = Callable[[Any], Iterable[tuple[str, str]]]
"""A function of the request that returns pairs of value and label."""


def choice(name: str, values: Iterable[str] | Choices, *, title: str = "", column: str = "") -> type:
    """Return a filter of a column (default: ``name``) by known values, which need no query of all rows."""
    words, field = title or name.replace("_", " "), column or name

    class Choice(admin.SimpleListFilter):
        title = words
        parameter_name = name

        def lookups(self, request: Any, _: Any) -> list[tuple[str, str]]:
            if callable(values):
                return list(values(request))
            return [(value, value.replace("_", " ")) for value in values]

        def queryset(self, _: Any, rows: Any) -> Any:
            return rows if self.value() is None else rows.filter(**{field: self.value()})

    return Choice


def sagas(request: Any) -> list[tuple[str, str]]:
    """Return the names of all sagas that have had a run and that the user may see."""
    visible = Definition.objects.filter(access.visible_runs(request.user).of_definitions())
    names = visible.order_by("name").values_list("name", flat=True).distinct()
    return [(name, name) for name in names]


def is_of_run(word: str, column: str) -> Q | None:
    """Return a condition for runs whose ID begins with ``word``, or ``None`` if it is not the beginning of an ID.

    The condition is a range, for which the database uses the index.
    """
    digits = word.lower().replace("-", "")
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_ID},32}}", digits):
        return None
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return Q(**{f"{column}__gte": low, f"{column}__lte": high})


def matching(
    rows: Any, words: str, *, run: str | None, lookups: Iterable[str], also: Callable[[str], Iterable[Q]] = lambda _: ()
) -> Any:
    """Return the rows in which each word matches the run ID, a lookup (``code__icontains``), or ``also``."""
    for word in words.split():
        parts = [*(Q(**{lookup: word}) for lookup in lookups), *also(word)]
        if run and (of_run := is_of_run(word, run)) is not None:
            parts.append(of_run)
        rows = rows.filter(reduce(operator.or_, parts)) if parts else rows.none()
    return rows
