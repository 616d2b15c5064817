"""Steps of a draft that become a sub-saga with a draft of its own, and a sub-saga whose steps come back."""

from uuid import UUID

from designer.canvas.draft import Draft, Refused, free_name
from designer.canvas.groups import ExtractSteps, InlineSaga, extracted
from designer.drafts import editing, opening, reach
from sagaflow import access
from sagaflow.access import User
from sagaflow.core.json_value import Json
from sagaflow.store import drafts
from sagaflow.store.drafts import DraftLine

__all__ = ["extract", "free_saga_name", "inline", "saga_in"]


def extract(user: User, draft: UUID, steps: tuple[str, ...], saga: str, step: str) -> DraftLine:
    """Replace steps by one that starts the new saga ``saga``, and return the draft of that saga. Both or none happens.

    Raises:
        BadName: the new saga cannot have this name.
        Refused: the steps cannot become a saga of their own.
    """
    with drafts.locked(draft) as line:
        reach.allowed(user, line, "design_saga")
        child = opening.open_new(user, extracted(line.document, steps, saga))
        editing.edit(user, draft, ExtractSteps(steps, saga, step).document())
    return child


def free_saga_name(draft: DraftLine, names: frozenset[str]) -> str:
    """Return a name for a saga with steps of ``draft`` that is not in ``names``."""
    return free_name(f"{draft.name[:50].rstrip('-_') or 'saga'}-part", names)


def inline(user: User, draft: UUID, step: str) -> None:
    """Replace a step that starts a saga by the steps of that saga.

    Raises:
        Refused: the step starts none, the user may not see it, or its steps cannot come here.
    """
    document = saga_in(user, reach.find(user, draft), step)
    editing.edit(user, draft, InlineSaga(step, document).document())


def saga_in(user: User, draft: DraftLine, step: str) -> dict[str, Json]:
    """Return the document of the saga that a step of a draft starts: as registered, or a draft that is not published.

    Raises:
        Refused: the step starts none, or the user may not see it.
    """
    name = Draft(draft.document).step(step).get("saga")
    if not isinstance(name, str):
        raise Refused(f"'{step}' starts no saga; choose a step that does.")
    for saga in access.sagas(user, "view_run"):
        if saga.name == name:
            return opening.beginning(saga).document
    for other in reach.listed(user):
        if other.name == name and not other.saga:
            return reach.find(user, other.id).document
    raise Refused(f"There is no saga '{name}' that you may see; see the list of sagas.")
