"""Keeps long lists fast: rows are counted up to a limit, and the dates for the date filter come from an index."""

from datetime import UTC, date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

__all__ = ["MOST", "BoundedPaginator", "dates"]

MOST = 10_000
"""The number of rows that the pages of a list show. To see others, the user filters the list."""
DECEMBER = 12


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Django's class takes no arguments at run time
    """A paginator that counts at most MOST rows."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, at most MOST."""
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())


def dates(changelist: Any) -> dict[str, Any] | None:
    """Return years, months or days for the template ``admin/date_hierarchy.html``.

    Django's own function reads every row, to leave out days without rows.
    """
    field = changelist.date_hierarchy
    if not field:
        return None
    chosen = [int(value) for part in ("year", "month", "day") if (value := _parameter(changelist, f"{field}__{part}"))]
    first, last = _ends(changelist.root_queryset, field)
    if first is None or last is None:
        return {"show": False}
    return {
        "show": True,
        "back": _back(changelist, field, chosen),
        "choices": _choices(changelist, field, chosen, first, last),
    }


def _choices(changelist: Any, field: str, chosen: list[int], first: date, last: date) -> list[dict[str, str]]:
    months = [(year, month) for year in range(first.year, last.year + 1) for month in range(1, DECEMBER + 1)]
    months = [month for month in months if (first.year, first.month) <= month <= (last.year, last.month)]
    match chosen:
        case []:
            steps: list[tuple[int, ...]] = [(year,) for year in range(first.year, last.year + 1)]
        case [year]:
            steps = [month for month in months if month[0] == year]
        case [year, month]:
            days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
            steps = [(day.year, day.month, day.day) for day in days if (day.year, day.month) == (year, month)]
        case _:
            return [{"title": _title(chosen)}]
    return [{"title": _title(step), "link": _link(changelist, field, step)} for step in steps]


def _back(changelist: Any, field: str, chosen: list[int]) -> dict[str, str] | None:
    if not chosen:
        return None
    above = chosen[:-1]
    return {"title": _title(above) if above else "All dates", "link": _link(changelist, field, above)}


def _title(parts: Any) -> str:
    match tuple(parts):
        case (year,):
            return str(year)
        case (year, month):
            return f"{date(year, month, 1):%B %Y}"
        case _:
            return f"{parts[2]} {date(*parts):%B}"


def _link(changelist: Any, field: str, parts: Any) -> str:
    parameters = {f"{field}__{name}": value for name, value in zip(("year", "month", "day"), parts, strict=False)}
    return str(changelist.get_query_string(parameters, [f"{field}__"]))


def _parameter(changelist: Any, name: str) -> str:
    value = changelist.params.get(name, "")
    return str(value[-1] if isinstance(value, list) else value)


def _ends(rows: Any, field: str) -> tuple[date | None, date | None]:
    """Return the first and the last day of the rows that the user may see, read from the ends of the index."""
    days = []
    for order in (field, f"-{field}"):
        at: datetime | None = rows.order_by(order).values_list(field, flat=True).first()
        days.append(at.astimezone(UTC).date() if at else None)
    return days[0], days[1]
