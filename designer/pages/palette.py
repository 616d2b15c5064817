"""The answer to what a user types into the command palette: actions, runs, sagas, steps and pages that exist for them.

It uses the filters, scopes and masks of the pages: what no page shows to a user is not found here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from designer.pages.actions import Offer, Viewer, offers_of
from sagaflow import access, run_view, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.payload import canonical
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.verbs import VERBS
from sagaflow.flowchart.appearance import appearance_of
from sagaflow.flowchart.compose import step_title
from sagaflow.store.errors import BadFilter, Broken
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter
from sagaflow.store.lists.search import attribute
from sagaflow.store.runs.run_line import RunLine

__all__ = ["palette"]

LONGEST = 200
LONGEST_VALUE = 40
MOST = 6
"""The number of results of one kind."""
SHORTEST_ID, DIGITS = 3, 32
SHORTEST_VALUE = 2
ACTION = re.compile(r"(?P<verb>[a-z][a-z_ ]*?)\s+(?P<run>[0-9a-f][0-9a-f-]{2,35})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of the palette."""

    kind: str
    """The heading that the line stands under."""
    title: str
    detail: str = ""
    href: str
    glyph: str = ""
    tone: str = ""


@require_safe
@never_cache
@permission_required("sagaflow.view_run", raise_exception=True)
def palette(request: HttpRequest) -> JsonResponse:
    """Return ``{"results": [{kind, title, detail, href, glyph, tone}, …]}`` for ``?q=``, the best first."""
    typed = " ".join(request.GET.get("q", "")[:LONGEST].split())
    found = list(_found(request.user, typed)) if typed.isprintable() else []
    return JsonResponse({"results": [asdict(each) for each in found]})


def _found(user: access.User, typed: str) -> Iterator[Found]:
    sagas = access.sagas(user, "view_run")
    if not typed:
        yield from _attention(user)
        yield from _pages(user, "")
        return
    action = ACTION.fullmatch(typed)
    if action:
        yield from _actions(user, action["verb"].lower(), action["run"])
    yield from _starts(user, typed)
    yield from _runs(user, action["run"] if action and _verbs(action["verb"].lower()) else typed)
    yield from _sagas(sagas, typed)
    yield from _steps(sagas, typed)
    yield from _pages(user, typed)


def _actions(user: access.User, words: str, digits: str) -> Iterator[Found]:
    """Yield what the user can do now to the runs whose ID begins so, by the verb or the beginning of its title."""
    verbs = _verbs(words)
    for line in _with_id(user, digits, limit=2) if verbs else ():
        saga, offers = _offers(user, line.run_id)
        for step, offer in offers:
            if offer.verb in verbs and not offer.why_not:
                place = f" {step_title(saga.steps[step])}" if saga and step else ""
                yield _line("Actions", f"{offer.title}:{place or ' whole run'}", offer.href, _about(user, line), line)


def _verbs(words: str) -> set[str]:
    named = words.replace("_", " ")
    return {
        name
        for name, verb in VERBS.items()
        if any(title.lower().startswith(named) for title in (verb.title, verb.undo_title, name.replace("_", " ")))
    }


def _offers(user: access.User, run_id: str) -> tuple[Saga | None, list[tuple[str, Offer]]]:
    """Return the buttons of the run and its steps; those of steps that wait for an operator come first."""
    try:
        saga, state = store.state(run_id)
    except (Broken, store.UnknownRun):
        return None, []
    viewer = Viewer(user, run_id, saga, state, store.now())
    order = sorted(saga.graph.order, key=lambda name: not state.steps[name].status.needs_person)
    offers = [(name, offer) for name in order for offer in offers_of(viewer, name)]
    return saga, [*offers, *(("", offer) for offer in offers_of(viewer))]


def _attention(user: access.User) -> Iterator[Found]:
    """Yield the runs that need attention, the worst first."""
    scope, left = access.visible_runs(user), MOST
    for reason in Attention:
        for line in lookup.find(RunFilter(attention=reason, scope=scope), limit=left) if left else ():
            left -= 1
            yield _run("Needs attention", user, line)


def _runs(user: access.User, typed: str) -> Iterator[Found]:
    known: set[str] = set()
    for line in [*_with_id(user, typed, limit=MOST), *_with_value(user, typed)][: 2 * MOST]:
        if line.run_id not in known and len(known) < MOST:
            known.add(line.run_id)
            yield _run("Runs", user, line)


def _with_id(user: access.User, typed: str, *, limit: int) -> list[RunLine]:
    digits = typed.lower().replace("-", "")
    if not SHORTEST_ID <= len(digits) <= DIGITS or set(digits) - set("0123456789abcdef"):
        return []
    found = lookup.starting_with(digits, limit=limit, scope=access.visible_runs(user))
    return [store.run(run_id) for run_id in found]


def _with_value(user: access.User, typed: str) -> list[RunLine]:
    if len(typed) < SHORTEST_VALUE:
        return []
    name, sign, value = typed.partition("=")
    try:
        search = dict([attribute(f"{name.strip()}={value.strip()}")]) if sign else {}
        wanted = RunFilter(search=search, words=() if sign else (typed,), scope=access.visible_runs(user))
        return lookup.find(wanted, limit=MOST)
    except BadFilter:
        return []


def _run(kind: str, user: access.User, line: RunLine) -> Found:
    return _line(
        kind, f"{line.saga} {line.run_id[:8]}", reverse("designer:run", args=[line.run_id]), _about(user, line), line
    )


def _line(kind: str, title: str, href: str, detail: str, line: RunLine) -> Found:
    look = appearance_of(line.attention or line.status)
    return Found(kind=kind, title=title, detail=detail, href=href, glyph=look.glyph, tone=look.tone.value)


def _about(user: access.User, line: RunLine) -> str:
    """Return status and search attributes of a run, masked as in the list of runs."""
    saga = store.readable_definition(line.digest)
    shown = run_view.summary(line, saga, store.now(), sensitive=access.sensitive_for(user, saga) if saga else None)
    status = appearance_of(line.attention or line.status).words
    search = shown["search"]
    values = [_compact(value) for value in search.values() if value is not None] if isinstance(search, dict) else []
    return " · ".join([status, *values])


def _compact(value: object) -> str:
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _sagas(sagas: Iterable[Saga], typed: str) -> Iterator[Found]:
    hits = [saga for saga in sagas if _holds(typed, saga.name, saga.title)]
    for saga in hits[:MOST]:
        href = reverse("designer:definition", args=[saga.name])
        yield Found(kind="Sagas", title=saga.title or saga.name, detail=saga.name if saga.title else "", href=href)


def _starts(user: access.User, typed: str) -> Iterator[Found]:
    """Yield the forms that start a run, for ``start`` and the beginning of a saga's name or title."""
    word, _, rest = typed.partition(" ")
    if word.lower() not in ("start", "run"):
        return
    hits = [saga for saga in access.sagas(user, "start_run") if _holds(rest, saga.name, saga.title)]
    for saga in hits[:MOST]:
        href = reverse("designer:start", args=[saga.name])
        yield Found(kind="Actions", title=f"Start run: {saga.title or saga.name}", detail=saga.name, href=href)


def _steps(sagas: Iterable[Saga], typed: str) -> Iterator[Found]:
    hits = [(saga, step) for saga in sagas for step in saga.steps.values() if _holds(typed, step.name, step.title)]
    for saga, step in hits[:MOST]:
        href = f"{reverse('designer:definition', args=[saga.name])}?{urlencode({'step': step.name})}"
        yield Found(kind="Steps", title=step_title(step), detail=f"{step.name} in {saga.name}", href=href)


def _pages(user: access.User, typed: str) -> Iterator[Found]:
    pages = {
        "Runs": "home",
        "Sagas": "definitions",
        "Failures": "failures",
        "Bulk repairs": "repairs",
        "Saved views": "views",
    }
    if user.has_perm("sagaflow.approve_step"):
        pages["Approvals"] = "approvals"
    if user.has_perm("sagaflow.design_saga"):
        pages["Design"] = "design_list"
    titles = {title: reverse(f"designer:{name}") for title, name in pages.items()}
    titles["Runs that need attention"] = f"{titles['Runs']}?attention=any"
    if user.has_perm("sagaflow.design_saga"):
        titles["Tour of the designer"] = f"{titles['Design']}?tour"
    for title, href in titles.items():
        if _holds(typed, title):
            yield Found(kind="Pages", title=title, href=href)


def _holds(typed: str, *texts: str) -> bool:
    words = typed.casefold().split()
    return any(all(word in text.casefold() for word in words) for text in texts)
