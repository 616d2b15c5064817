"""Refuses parameters of the query that would be ignored silently: a misspelt one, and one that is given twice."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import wraps

from django.http import HttpRequest, HttpResponse

from sagaflow.api.problems import problem

__all__ = ["without_unknown_parameters"]

View = Callable[..., HttpResponse]


def without_unknown_parameters(view: View, names_of: Callable[[str], Mapping[str, bool] | None]) -> View:
    """Return ``view`` behind a check of the names in the query.

    ``names_of`` returns the parameter names of a method, and for each whether it may be repeated. If it returns
    ``None``, the view has no such method and answers that itself.
    """

    @wraps(view)
    def checked(request: HttpRequest, **arguments: object) -> HttpResponse:
        names = names_of((request.method or "").lower())
        wrong = {} if names is None else {name: why for name in request.GET if (why := _why(request, name, names))}
        return _refused(wrong) if wrong else view(request, **arguments)

    return checked


def _why(request: HttpRequest, name: str, names: Mapping[str, bool]) -> str:
    """Return why a parameter is refused; empty: it is not."""
    if name not in names:
        return _remedy(name[:100], sorted(names))
    if len(request.GET.getlist(name)) > 1 and not names[name]:
        return f"The parameter '{name}' is given more than once; give it once."
    return ""


def _refused(wrong: Mapping[str, str]) -> HttpResponse:
    faults = [{"where": f"query/{name[:100]}", "message": why} for name, why in sorted(wrong.items())[:10]]
    detail = " ".join(fault["message"] for fault in faults)
    return problem(422, "unknown-parameter", detail, errors=faults)


def _remedy(name: str, names: list[str]) -> str:
    wrong = f"The parameter '{name}' is unknown."
    if close := get_close_matches(name, names, n=1):
        return f"{wrong} Did you mean '{close[0]}'?"
    return f"{wrong} " + (f"Use one of {', '.join(names)}." if names else "This address has no parameters.")
