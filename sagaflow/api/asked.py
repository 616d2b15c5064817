"""The query of a request: a parameter that its operation does not have is refused, because it would be ignored."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from sagaflow.api.problems import problem

__all__ = ["strictly_asked"]

View = Callable[..., HttpResponse]


def strictly_asked(view: View, names_of: Callable[[str], frozenset[str] | None]) -> View:
    """``view``, behind a look at the names in the query.

    ``names_of``: the parameters of the operation with a method; ``None``: there is none, and the view says so.
    """

    @wraps(view)
    def asked(request: HttpRequest, **given: Any) -> HttpResponse:
        names = names_of((request.method or "").lower())
        unknown = sorted(request.GET.keys() - names) if names is not None else []
        return _refused(unknown, sorted(names or ())) if unknown else view(request, **given)

    return asked


def _refused(unknown: list[str], names: list[str]) -> HttpResponse:
    faults = [{"where": f"query/{name[:100]}", "message": _remedy(name[:100], names)} for name in unknown[:10]]
    told = " ".join(fault["message"] for fault in faults)
    return problem(422, "unknown-parameter", told, errors=faults)


def _remedy(name: str, names: list[str]) -> str:
    wrong = f"The parameter '{name}' is unknown."
    if close := get_close_matches(name, names, n=1):
        return f"{wrong} Did you mean '{close[0]}'?"
    return f"{wrong} " + (f"Use one of {', '.join(names)}." if names else "This address takes none.")
