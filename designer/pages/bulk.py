"""Bulk repair: choose an action for a selection of runs, fix the selection, and watch the result of each run."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from designer.pages.filtering import ListAddress
from sagaflow import access, engine, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.payload import canonical
from sagaflow.core.run.verbs import BULK_VERBS, VERBS, Verb
from sagaflow.encoding import parse_payload
from sagaflow.engine.inputs import LONGEST_REASON
from sagaflow.flowchart.compose import step_title
from sagaflow.store import act_requests, bulk_repairs
from sagaflow.store.errors import BadFilter
from sagaflow.store.lists import lookup

__all__ = ["MOST", "bulk", "bulk_new", "bulk_part", "bulk_stop", "repairs_list"]

MOST = 10_000
"""The largest number of runs in one bulk repair."""
PAGE = 100
SHOWN = 10
"""The number of selected runs that the form names."""


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(["sagaflow.view_run", "sagaflow.operate_run"], raise_exception=True)
def bulk_new(request: HttpRequest) -> HttpResponse:
    """The form for a bulk repair, of the runs in ``?run=…&run=…`` or of those that the filters of the list match."""
    selection = _selection(request)
    if request.method != "POST":
        return _page(request, selection)
    given = {name: request.POST.get(name, "").strip() for name in ("verb", "step", "reason", "output")}
    faults, output = _checked(given)
    if faults:
        return _page(request, selection, given=given, faults=faults, status=422)
    runs, truth = selection.runs, request.POST.get("count", "")
    if not runs or truth != str(len(runs)):
        moved = (
            f"The list has changed since you opened this page: it has {len(runs)} runs now. Check it and decide again."
        )
        return _page(request, selection, given=given, refusal=moved, status=409)
    order = bulk_repairs.Order(
        verb=given["verb"],
        step=given["step"],
        output=output,
        by=request.user.get_username(),
        reason=given["reason"],
        selection=selection.words,
    )
    mine, others = _in_scope(request.user, runs)
    keep = engine.ask_for_repair if _second(runs, given["verb"]) else bulk_repairs.freeze
    return redirect("designer:bulk", repair_id=keep(order, mine, others))


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def bulk(request: HttpRequest, repair_id: UUID) -> HttpResponse:
    """The page with the progress and the result of each run; ``?outcome=`` and ``?after=`` choose the runs."""
    return render(request, "designer/bulk.html", _progress(request, repair_id))


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def bulk_part(request: HttpRequest, repair_id: UUID) -> HttpResponse:
    """The part of that page that changes, for a script that refreshes it."""
    return render(request, "designer/bulk_progress.html", _progress(request, repair_id))


@require_POST
@permission_required(["sagaflow.view_run", "sagaflow.operate_run"], raise_exception=True)
def bulk_stop(request: HttpRequest, repair_id: UUID) -> HttpResponse:
    """Stop the repair: runs that are still queued stay as they are, if the user may operate them."""
    if bulk_repairs.repair(str(repair_id), access.visible_runs(request.user)) is None:
        raise Http404(f"There is no bulk repair {str(repair_id)[:8]}.")
    mine = access.visible_runs(request.user, "operate_run")
    if bulk_repairs.stop(str(repair_id), by=request.user.get_username(), scope=mine):
        messages.success(request, "Stopped. The runs that were still queued stay as they are.")
    else:
        messages.info(request, "Nothing to stop: no run was queued.")
    return redirect("designer:bulk", repair_id=repair_id)


@require_safe
@permission_required("sagaflow.view_run", raise_exception=True)
def repairs_list(request: HttpRequest) -> HttpResponse:
    """The page with the latest bulk repairs."""
    rows = bulk_repairs.repairs(scope=access.visible_runs(request.user))
    return render(request, "designer/repairs.html", {"repairs": rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The runs of a bulk repair."""

    words: str
    runs: list[tuple[str, int]]
    """``(ID, number of the latest journal entry)``."""
    more: bool = False
    """True if more runs match than one repair takes."""
    query: str = ""
    """The filters of the list, as the query of its address."""


def _selection(request: HttpRequest) -> Selection:
    """Return the runs that the query of the address selects."""
    picked = request.GET.getlist("run")
    if picked:
        chosen = [_as_id(text) for text in picked[:MOST]]
        runs = lookup.places(chosen, access.visible_runs(request.user))
        return Selection(words=f"{len(runs)} selected run{'' if len(runs) == 1 else 's'}", runs=runs)
    wanted = ListAddress.of(request.GET)
    if wanted.faults:
        raise Http404(wanted.faults[0].message)
    try:
        within = wanted.run_filter(access.visible_runs(request.user), store.to_datetime(store.now()))
        runs = lookup.ids(within, limit=MOST + 1) if wanted.query else []
    except BadFilter as error:
        raise Http404(str(error)) from error
    return Selection(words=wanted.in_words, runs=runs[:MOST], more=len(runs) > MOST, query=wanted.address)


def _as_id(text: str) -> str:
    try:
        return store.as_run_id(text)
    except store.UnknownRun as error:
        raise Http404(str(error)) from error


def _page(
    request: HttpRequest,
    selection: Selection,
    *,
    given: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    runs = selection.runs
    first = [{"run": store.run(run_id), "id": run_id} for run_id, _ in runs[:SHOWN]]
    standing = _standing(runs)
    context = {
        "selection": selection,
        "count": len(runs),
        "most": MOST,
        "first": first,
        "rest": len(runs) - len(first),
        "standing": standing,
        "mixed": len({is_undo for _, is_undo, _ in standing}) > 1,
        "verbs": [
            (verb, VERBS[verb].title, VERBS[verb].bulk_effect, _effects(VERBS[verb], standing)) for verb in BULK_VERBS
        ],
        "given": given or {},
        "faults": faults or {},
        "refusal": refusal,
        "seconds": _second(runs, *BULK_VERBS),
        "longest": LONGEST_REASON,
    }
    return render(request, "designer/bulk_new.html", context, status=status)


def _standing(runs: list[tuple[str, int]]) -> list[tuple[str, bool, int]]:
    """Return ``(title of the step, whether its compensation stands there, number of runs)``, the most runs first."""
    total: Counter[tuple[str, bool]] = Counter()
    for (digest, name, direction), count in lookup.standing([run_id for run_id, _ in runs]).items():
        saga = store.readable_definition(digest)
        step = saga.steps.get(name) if saga else None
        total[step_title(step) if step else name, direction == "undo"] += count
    return [(title, is_undo, count) for (title, is_undo), count in total.most_common()]


def _effects(verb: Verb, standing: list[tuple[str, bool, int]]) -> list[tuple[bool, str]]:
    """Return what a verb does in each direction in which runs stand, if it does not do the same in both."""
    directions = sorted({is_undo for _, is_undo, _ in standing}) if verb.undo_effect else []
    return [(is_undo, verb.undo_effect if is_undo else verb.effect) for is_undo in directions]


def _checked(given: dict[str, str]) -> tuple[dict[str, str], str]:
    """Return the faults of the form by field, and the output as canonical JSON."""
    faults, output = {}, ""
    if given["verb"] not in BULK_VERBS:
        faults["verb"] = "Choose an action."
    if not given["reason"]:
        faults["reason"] = "Enter a reason. It is saved with every run."
    elif len(given["reason"]) > LONGEST_REASON - 100:
        faults["reason"] = f"The reason has {len(given['reason'])} characters. The limit is {LONGEST_REASON - 100}."
    verb = VERBS.get(given["verb"])
    if given["step"] and verb and not verb.on_step:
        faults["step"] = f"{verb.title} is for whole runs. Leave the step empty."
    if given["output"] and verb and verb.takes != "output":
        faults["output"] = f"{verb.title} takes no output. Leave it empty, or choose Skip."
    elif given["output"]:
        try:
            output = canonical(parse_payload(given["output"], what="The substitute output"))
        except InvalidPayload as error:
            faults["output"] = str(error)
    return faults, output


def _in_scope(
    user: access.User, runs: list[tuple[str, int]]
) -> tuple[list[tuple[str, int]], list[tuple[str, int, str]]]:
    """Return the runs that the user may operate, and the other runs with the reason why not."""
    digests = lookup.digests([run_id for run_id, _ in runs])
    denied = {digest: _denied(user, store.readable_definition(digest)) for digest in set(digests.values())}
    whys = [(run_id, seq, denied.get(digests.get(run_id, ""), "")) for run_id, seq in runs]
    return [(run_id, seq) for run_id, seq, why in whys if not why], [selected for selected in whys if selected[2]]


def _denied(user: access.User, saga: Saga | None) -> str:
    return access.why_not(user, "operate_run", saga) if saga else "its definition cannot be loaded"


def _second(runs: list[tuple[str, int]], *verbs: str) -> list[str]:
    """Return why a repair with one of the verbs needs a second person; empty: it does not."""
    rule = engine.second_person()
    if not rule:
        return []
    sagas = [store.readable_definition(digest) for digest in set(lookup.digests([each for each, _ in runs]).values())]
    names = [saga.name for saga in sagas if saga]
    return sorted({why for verb in verbs if (why := rule.why_bulk(verb, names))})


def _progress(request: HttpRequest, repair_id: UUID) -> dict[str, object]:
    name, scope = str(repair_id), access.visible_runs(request.user)
    row = bulk_repairs.repair(name, scope)
    if row is None:
        raise Http404(f"There is no bulk repair {name[:8]}.")
    counts = bulk_repairs.progress(name, scope)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in counts else ""
    last = request.GET.get("after", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0  # noqa: PLR2004 - of a bigint
    listed = bulk_repairs.items(name, outcome=outcome, after=after, limit=PAGE + 1, scope=scope)
    total = sum(counts.values())
    asked = act_requests.of_repair(name)
    return {
        "repair": row,
        "asked": asked,
        "waits": asked is not None and asked.answer is None,
        "title": VERBS[row.verb].title,
        "counts": list(counts.items()),
        "total": total,
        "settled": total - counts["open"],
        "is_open": row.ended_at is None and counts["open"] > 0,
        "outcome": outcome,
        "items": listed[:PAGE],
        "following": listed[PAGE - 1].item_id if len(listed) > PAGE else None,
        "may_stop": not access.why_not(request.user, "operate_run"),
    }
