"""The tour of the designer: five steps, from a draft to a run that is rolled back.

The session of the user keeps which draft it is about. Whether a step is done is read from the draft and from the runs,
so that it counts whichever way it was done: by mouse, by keyboard, as text, or in another window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from designer.audit import record_addresses
from designer.canvas.draft import Draft
from designer.drafts import reach
from sagaflow import access, registry
from sagaflow.access import User
from sagaflow.core.json_value import Json
from sagaflow.core.run.state import RunStatus
from sagaflow.flowchart.words import clean, humanize
from sagaflow.store import web_sagas
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.drafts import DraftLine, UnknownDraft
from sagaflow.store.lists import lookup
from sagaflow.store.lists.lookup import RunFilter

__all__ = ["SAMPLE", "Panel", "begin", "end", "free_name", "panel", "saw_rollback", "skip"]

KEY = "tour"
DONE = "toured"
LINGERS = 60.0
"""The seconds for which pages say that the tour is done."""
SAMPLE = "create-customer"
"""The sample that the draft of the tour is a copy of. A saga of this name has to be registered too, so that it runs."""
FAILS = "send_welcome_pack"
"""The step whose rollback the tour shows: the one that fails in the run at the end."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The words and the link of the strip that every page has during the tour."""

    title: str
    says: str
    route: str = ""
    """The name of the address where the step is done; empty: the tour is over."""
    target: str = ""
    """The draft or the saga of that address."""
    link: str = ""
    """The words of the link to it."""
    number: int = 0
    """The number of the step from 1; 0: the tour is over."""
    of: int = 0
    why_not: str = ""
    """The reason why this user cannot do the step."""
    record: str = ""
    """The address of the rollback record at the end of the tour; empty: none, or not for this user."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything from which the steps that are done are read."""

    user: User
    draft: DraftLine | None
    """``None``: it was published."""
    saga: str
    began: float
    saw_rollback: bool = False
    skipped: frozenset[int] = field(default_factory=frozenset)

    def has_new_title(self) -> bool:
        return self._differs(_titles)

    def has_other_style(self) -> bool:
        return self._differs(_styles)

    def knows_rollback(self) -> bool:
        return self.draft is None or self.saw_rollback

    def is_published(self) -> bool:
        return self.draft is None

    def is_rolled_back(self) -> bool:
        return bool(self.rolled_back())

    def rolled_back(self) -> str:
        """Return the ID of the newest run of the tour that was rolled back; empty: there is none."""
        wanted = RunFilter(
            saga=self.runs,
            status=RunStatus.ROLLED_BACK.value,
            since=to_datetime(self.began),
            scope=access.visible_runs(self.user),
        )
        return next((run_id for run_id, _ in lookup.ids(wanted, limit=1)), "")

    @property
    def runs(self) -> str:
        """The saga to run: the one of the draft, or the example if publishing was skipped."""
        return self.saga if self.is_published() else SAMPLE

    def _differs(self, look: Callable[[Json], Json]) -> bool:
        return self.draft is None or look(self.draft.base) != look(self.draft.document)


@dataclass(frozen=True, slots=True)
class _Step:
    title: str
    says: str
    done: Callable[[_Facts], bool]
    route: str = "design_page"
    link: str = "Open the draft"


STEPS = (
    _Step(
        "Give a step another title",
        "Select a box in the drawing. Its form shows what performs the step and what undoes it. Write a title of your "
        "own there.",
        _Facts.has_new_title,
    ),
    _Step(
        "Switch the style",
        "Press the switch at the corner of the segment, which is the frame around the steps: the commands of a "
        "coordinator become events between the steps. The steps stay the same.",
        _Facts.has_other_style,
    ),
    _Step(
        "See a rollback before it happens",
        "Select the box {fails}, then press Rollback. The numbers say what would be undone if it failed, and in "
        "which order.",
        _Facts.knows_rollback,
    ),
    _Step(
        "Publish it",
        "Look at what has changed, and publish. New runs use the version from then on.",
        _Facts.is_published,
        "design_review",
        "Review and publish",
    ),
    _Step(
        "Run it, and watch it roll back",
        "Start a run with an address that the post does not know. The post refuses the welcome pack, and you see how "
        "the steps before it are undone.",
        _Facts.is_rolled_back,
        "start",
        "Open the filled-in form",
    ),
)
OVER = Panel(
    "The tour is done",
    "The run page lists what was undone and why, and the admin keeps the record for audit. To go on, choose Design and "
    "begin a saga of your own.",
)


def free_name(user: User) -> str:
    """Return a name for the draft of a new tour; empty: the example of the tour is not here, or not for this user."""
    saga = next((saga for saga in access.sagas(user, "start_run", "view_run") if saga.name == SAMPLE), None)
    if saga is None or any(access.why_not(user, each, saga) for each in ("view_run", "start_run", "design_saga")):
        return ""
    taken = {saga.name for saga in registry.sagas(web=True)} | {draft.name for draft in reach.listed(user)}
    return next(name for number in count(1) if (name := f"tour-{number}") not in taken)


def begin(request: HttpRequest, draft: DraftLine) -> None:
    """Begin the tour with a draft. A tour that is under way ends."""
    request.session[KEY] = {"draft": str(draft.id), "saga": draft.name, "began": now()}


def end(request: HttpRequest) -> None:
    """End the tour; the draft stays."""
    request.session.pop(KEY, None)
    request.session[DONE] = True


def is_done(request: HttpRequest) -> bool:
    """Return true if the user ended a tour in this session."""
    return bool(request.session.get(DONE))


def skip(request: HttpRequest) -> None:
    """Go on to the next step."""
    now_at = panel(request)
    if now_at and now_at.number:
        kept = request.session[KEY]
        kept["skipped"] = sorted({*kept.get("skipped", []), now_at.number})
        request.session.modified = True


def saw_rollback(request: HttpRequest, draft: DraftLine, step: str) -> None:
    """Note that the user looked at the rollback of the step that the tour names, if the tour is about this draft.

    In a draft that has no such step any more, the rollback of every step counts.
    """
    kept = request.session.get(KEY)
    if not kept or kept["draft"] != str(draft.id) or kept.get("rollback"):
        return
    if step == FAILS or FAILS not in _steps(draft.document):
        kept["rollback"] = True
        request.session.modified = True


def panel(request: HttpRequest) -> Panel | None:
    """Return what the tour says now; ``None``: the user takes none, or its draft was discarded.

    A tour that is over says so for a minute: the page that shows it first may be one that the user just leaves.
    """
    kept: dict[str, Any] = request.session.get(KEY) or {} if hasattr(request, "session") else {}
    facts = _facts(request.user, kept) if kept and request.user.is_authenticated else None
    if facts is None:
        return None
    if facts.draft and facts.draft.name != kept["saga"]:  # it was renamed: it will be published by that name
        request.session[KEY] = kept | {"saga": facts.draft.name}
    for number, step in enumerate(STEPS, start=1):
        if number not in facts.skipped and not step.done(facts):
            return _panel(facts, number, step)
    if "over" not in kept:
        request.session[KEY] = kept | {"over": now()}
    elif now() > kept["over"] + LINGERS:
        end(request)
        return None
    sealed = record_addresses(facts.user, run_id) if (run_id := facts.rolled_back()) else {}
    return replace(OVER, record=next(reversed(sealed.values()), ""))


def _panel(facts: _Facts, number: int, step: _Step) -> Panel:
    draft = facts.draft
    is_of_draft = step.route != "start"
    why_not = reach.why_not(facts.user, "publish_saga", draft) if draft and step.route == "design_review" else ""
    return Panel(
        step.title,
        step.says.format(fails=_title_of_failing(draft)),
        route=step.route,
        target=str(draft.id) if draft and is_of_draft else facts.runs,
        link=step.link,
        number=number,
        of=len(STEPS),
        why_not=why_not,
    )


def _facts(user: User, kept: Mapping[str, Any]) -> _Facts | None:
    """Return the facts of a tour; ``None``: its draft is neither open nor published."""
    draft: DraftLine | None = None
    try:
        draft = reach.find(user, UUID(kept["draft"]))
    except (UnknownDraft, reach.NotAllowed):
        if not web_sagas.newest_version(kept["saga"]):
            return None
    return _Facts(
        user, draft, kept["saga"], kept["began"], bool(kept.get("rollback")), frozenset(kept.get("skipped", ()))
    )


def _titles(document: Json) -> Json:
    return [step.get("title") for _, step in Draft.reading(document).steps()]


def _steps(document: Json) -> dict[Json, dict[str, Json]]:
    return {step["name"]: step for _, step in Draft.reading(document).steps()}


def _title_of_failing(draft: DraftLine | None) -> str:
    """Return the title that the box of the failing step has now: the user may have given it another one."""
    step = _steps(draft.document).get(FAILS) if draft else None
    return (clean(str(step.get("title") or ""), longest=60) or humanize(FAILS)) if step else "of any step"


def _styles(document: Json) -> Json:
    return [segment.get("style") for segment in Draft.reading(document).segments]
