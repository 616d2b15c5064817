"""The page that starts a run, with a form made from the input schema, or with the input of an earlier run."""

import uuid
from dataclasses import replace
from functools import partial
from itertools import chain

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from designer.pages.renewed import renewed
from designer.pages.schema_form import WHOLE, Field, examples_of, filled, form_of, input_of
from sagaflow import access, engine, names, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused

__all__ = ["start"]

MOST_DIGITS = 4
"""The digits of the number of an example."""
USED = "The earlier run has used this value: change it if it must be new."


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("sagaflow.start_run", raise_exception=True)
def start(request: HttpRequest, name: str) -> HttpResponse:
    """The form and the start. ``?like=<run>`` fills the form with the input of that run, ``?example=0`` by example.

    The form contains the ID of the new run: to send it twice starts one run.
    """
    known = access.sagas(request.user, "start_run", "view_run")
    saga = next((saga for saga in known if saga.name == name), None)
    if saga is None:
        raise Http404(f"There is no saga '{name}' to start; see the list of sagas.")
    if why := access.why_not(request.user, "start_run", saga):
        raise PermissionDenied(why)
    fields = form_of(saga, names.seen(access.sagas(request.user, "view_run")))
    if request.method != "POST":
        return _page(request, saga, _prefilled(request, saga, fields), run_id=str(uuid.uuid4()))
    value, fields = input_of(fields, request.POST)
    fields, faults = _checked(saga, value, fields)
    run_id = request.POST.get("run_id", "")
    if faults or any(field.faults for field in fields):
        return _page(request, saga, fields, faults=faults, run_id=run_id, status=422)
    try:
        by, knows = request.user.get_username(), partial(access.knows, request.user)
        started = engine.start(saga.name, value, run_id=run_id or None, by=by, knows=knows)
    except (Refused, InvalidPayload) as error:
        return _page(request, saga, fields, faults=[str(error)], run_id=str(uuid.uuid4()), status=409)
    messages.success(request, f"Started: {saga.title or saga.name}.")
    return redirect("designer:run", run_id=started)


def _checked(saga: Saga, value: object, fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], list[str]]:
    """Return the fields with their faults, and the faults that belong to no field."""
    unread = {field.name for field in fields if field.faults}
    try:
        faults = engine.input_faults(saga, value)
    except (InvalidPayload, Refused) as error:
        return fields, [str(error)]
    titled = {field.name for field in fields}
    own = [(name if WHOLE not in titled else WHOLE, sentence) for name, sentence in faults if name not in unread]
    marked = tuple(
        replace(field, faults=(*field.faults, *(sentence for name, sentence in own if name == field.name)))
        for field in fields
    )
    return marked, [f"{name}: {sentence}" if name else sentence for name, sentence in own if name not in titled]


def _prefilled(request: HttpRequest, saga: Saga, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the form with the input of the run ``?like=``, or with an example of the input schema."""
    examples, number = examples_of(saga), _example_in(request)
    if number is not None and number < len(examples):
        return filled(fields, renewed(request.user, saga, examples[number].value), ())
    return _like(request, saga, fields)


def _example_in(request: HttpRequest) -> int | None:
    """Return the number of the example that the address asks for."""
    number = request.GET.get("example", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS else None


def _like(request: HttpRequest, saga: Saga, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    run_id = request.GET.get("like", "")
    if not run_id or not request.user.has_perm("sagaflow.view_run"):
        return fields
    try:
        _, pinned = access.run(request.user, run_id)
    except store.UnknownRun as error:
        raise Http404(str(error)) from error
    if pinned.name != saga.name:
        raise Http404(f"Run {run_id} is a run of '{pinned.name}', not of '{saga.name}'.")
    _, state = store.state(run_id)
    hidden = (access.sensitive_for(request.user, known) for known in (pinned, saga))
    return filled(_to_change(fields), state.input, tuple(chain(*hidden)))


def _to_change(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the fields with a hint at those whose value the earlier run has used."""
    return tuple(replace(each, help=f"{each.help} {USED}".strip()) if each.must_be_new else each for each in fields)


def _page(
    request: HttpRequest,
    saga: Saga,
    fields: tuple[Field, ...],
    *,
    run_id: str,
    faults: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "saga": saga,
        "fields": fields,
        "examples": examples_of(saga),
        "example": _example_in(request),
        "faults": faults or [],
        "wrong": [field for field in fields if field.faults],
        "run_id": run_id,
        "like": request.GET.get("like", "") if request.user.has_perm("sagaflow.view_run") else "",
        "hidden": any(field.is_hidden for field in fields),
    }
    return render(request, "designer/start.html", context, status=status)
