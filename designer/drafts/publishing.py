"""Publish a draft as the next version of a saga in the database, or an earlier version once more.

Running runs keep the version that they started with. A saga in code or in a file is changed there, never here: one name
has one source.
"""

from uuid import UUID

from designer.canvas.operations import Refused
from designer.drafts import reach, unmasking
from sagaflow import registry
from sagaflow.access import User
from sagaflow.core.definition import document as documents
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Fault, InvalidDefinition
from sagaflow.core.errors import Refused as RefusedByCore
from sagaflow.core.payload import same
from sagaflow.store import drafts, web_sagas
from sagaflow.store.drafts import DraftLine
from sagaflow.store.web_sagas import Version

__all__ = ["LONGEST_NOTE", "base_of", "publish", "restore", "why_not_publish", "written_in"]

LONGEST_NOTE = 2000
MOST_FAULTS = 3
"""Faults that a refusal lists; of more, it counts the others."""


def publish(user: User, draft: UUID, note: str) -> Version:
    """Publish a draft and close it.

    Raises:
        NotAllowed: the user may not publish this saga, or not show a field that it masks.
        Refused: the draft has faults, its name belongs to code or a file, or another version came in between.
    """
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The note has {len(note)} characters, and {LONGEST_NOTE} is the limit; shorten it.")
    with drafts.locked(draft) as line:
        seen = _number(line)  # before the checks: a version that comes in between is never overwritten
        reach.allowed(user, line, "design_saga")
        reach.check(user, "publish_saga", line)
        if why := why_not_publish(line):
            raise Refused(why)
        unmasking.check(user, line.document)
        version = _add(line.document, after=seen, note=note, by=user.get_username())
        drafts.close(line.id, user.get_username())
    return version


def restore(user: User, name: str, number: int) -> Version:
    """Publish an earlier version once more, as the newest one; the errors are those of ``publish``."""
    wanted, newest = web_sagas.version(name, number), web_sagas.newest_version(name)
    if wanted is None or newest is None:
        raise drafts.UnknownDraft
    reach.check_over(user, "publish_saga", name, wanted.document)
    if wanted.number == newest.number:
        raise Refused(f"Version {number} of '{name}' is the current one already.")
    if taken := _taken(name):
        raise Refused(taken)
    if faults := documents.problems(wanted.document):
        raise Refused(
            f"Version {number} of '{name}' cannot be published again, because it has {_counted(faults)} by the rules "
            f"of this version of Sagaflow: {_listed(faults)}. Open the saga in the designer and publish it without."
        )
    unmasking.check(user, wanted.document)
    note = f"Restored version {number}."
    return _add(wanted.document, after=newest.number, note=note, by=user.get_username())


def why_not_publish(draft: DraftLine) -> str:
    """Return why a draft cannot be published as it is; empty: it can."""
    faults = documents.problems(draft.document)
    if faults:
        return f"The draft has {_counted(faults)}; correct them first: {faults[0]}."
    if taken := _taken(draft.name):
        return taken
    newest = web_sagas.newest_version(draft.name)
    if newest is None:
        return ""
    if draft.source != "web" or draft.saga != draft.name:
        return f"A saga '{draft.name}' was published already; rename this one, or open that one."
    if newest.digest != draft.base_digest:
        return (
            f"'{newest.by}' has published version {newest.number} since this draft was opened. "
            "Apply the changes of this draft to it first."
        )
    return "Nothing has changed since the current version." if same(newest.document, draft.document) else ""


def written_in(name: str) -> str:
    """Return the place outside the database where a saga of this name is written; empty: there is none."""
    return str(registry.source_of(name)) if any(saga.name == name for saga in registry.sagas()) else ""


def _taken(name: str) -> str:
    where = written_in(name)
    return where and (
        f"The saga '{name}' is written in {where}, and one name has one source. Change it there, with the patch or "
        "the text of this draft, or rename this one to publish it in the database."
    )


def _number(draft: DraftLine) -> int:
    newest = web_sagas.newest_version(draft.name)
    return newest.number if newest else 0


def _add(document: dict[str, object], *, after: int, note: str, by: str) -> Version:
    try:
        return web_sagas.publish(document, after=after, note=note, by=by)
    except RefusedByCore as refused:
        raise Refused(str(refused)) from refused


def base_of(draft: DraftLine) -> Saga | None:
    """Return the definition that a draft was opened from; ``None``: it is new, or could not be loaded any more."""
    if draft.source == "new":
        return None
    try:
        return documents.restore(draft.base)
    except InvalidDefinition:
        return None


def _counted(faults: tuple[Fault, ...]) -> str:
    return f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"


def _listed(faults: tuple[Fault, ...]) -> str:
    named, others = faults[:MOST_FAULTS], len(faults) - MOST_FAULTS
    return "; ".join(map(str, named)) + (f"; and {others} more" if others > 0 else "")
