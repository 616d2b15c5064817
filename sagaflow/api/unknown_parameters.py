"""Refuses unknown parameters in the query, because a misspelt parameter would be ignored silently."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps

from django.http import HttpRequest, HttpResponse

from sagaflow.api.problems import problem

__all__ = ["without_unknown_parameters"]

View = Callable[..., HttpResponse]


def without_unknown_parameters(view: View, names_of: Callable[[str], frozenset[str] | None]) -> View:
    """Return ``view`` behind a check of the names in the query.

    ``names_of`` returns the parameter names of a method. If it returns ``None``, the view has no such method and
    answers that itself.
    """

    @wraps(view)
    def checked(request: HttpRequest, **arguments: object) -> HttpResponse:
        names = names_of((request.method or "").lower())
        unknown = sorted(request.GET.keys() - names) if names is not None else []
        return _refused(unknown, sorted(names or ())) if unknown else view(request, **arguments)

    return checked


def _refused(unknown: list[str], names: list[str]) -> HttpResponse:
    faults = [{"where": f"query/{name[:100]}", "message": _remedy(name[:100], names)} for name in unknown[:10]]
    detail = " ".join(fault["message"] for fault in faults)
    return problem(422, "unknown-parameter", detail, errors=faults)


def _remedy(name: str, names: list[str]) -> str:
    wrong = f"The parameter '{name}' is unknown."
    if close := get_close_matches(name, names, n=1):
        return f"{wrong} Did you mean '{close[0]}'?"
    return f"{wrong} " + (f"Use one of {', '.join(names)}." if names else "This address has no parameters.")
