"""An event that names no run goes to one run of each saga that finds a key in its payload, or starts that run.

The newest definition says where the key is. The definition of a run says what the run makes of the event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sagaflow import registry, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.run.correlation import correlates, key_in
from sagaflow.core.run.key import run_id_of
from sagaflow.core.run.reports import EventReceived
from sagaflow.engine.fate import Fate
from sagaflow.engine.inbox import keep
from sagaflow.engine.start import start
from sagaflow.engine.transaction import change
from sagaflow.store import MayHave

__all__ = ["Rights", "finds_run", "hand", "is_correlated"]

Take = Callable[..., Fate | None]


@dataclass(frozen=True, slots=True)
class Rights:
    """The sagas to whose runs the sender may give events, those of which it may start runs, and its user name."""

    may_have: MayHave | None = None
    may_start: MayHave | None = None
    by: str = ""


def hand(received: EventReceived, rights: Rights, take: Take) -> Fate:
    """Give the event to each saga that correlates it; the inbox keeps it for each that has no open run with the key.

    ``take``: gives the event to a locked run; ``None``: the run has ended.

    Raises:
        Refused: no saga says how such an event finds its run.
    """
    sagas = _sagas(received.event, rights.may_have)
    if not sagas:
        message = (
            f"The event '{received.event}' names no run, and no saga says how it finds one; give the ID or the key of "
            "the run as the correlation ID, or add the event to 'correlate' of the saga."
        )
        raise Refused(message, code="no-correlation")
    fates, faults = set[Fate](), list[str]()
    for saga in sagas:
        try:
            key = key_in(saga, received.event, received.payload)
        except Refused as error:
            faults.append(str(error))
        else:
            fates.add(_to_run(saga, key, received, rights, take))
    if faults:  # it has no address, and no run will ever take it: the inbox shows it until it expires
        store.keep_event("", received, " ".join(faults))
        fates.add("unmatched")
    order: tuple[Fate, ...] = ("accepted", "ignored", "unmatched")
    return next(fate for fate in order if fate in fates)


def is_correlated(event: str, may_have: MayHave | None = None) -> bool:
    """Return true if a saga says how an event with this name finds its run."""
    return bool(_sagas(event, may_have))


def finds_run(event: str, payload: object, may_have: MayHave | None = None, may_start: MayHave | None = None) -> bool:
    """Return true if an event that names no run reaches an open run now, or may start one."""
    for saga in _sagas(event, may_have):
        try:
            run_id = store.latest(saga.name, key_in(saga, event, payload))
        except Refused:
            continue
        if store.is_open(run_id) if run_id else _starts(saga, event, may_start):
            return True
    return False


def _sagas(event: str, may_have: MayHave | None) -> list[Saga]:
    found = (saga for saga in registry.sagas(web=True) if correlates(saga, event))
    return [saga for saga in found if may_have is None or may_have(saga)]


def _starts(saga: Saga, event: str, may_start: MayHave | None) -> bool:
    return event == saga.starts_on and (may_start is None or may_start(saga))


def _to_run(saga: Saga, key: str, received: EventReceived, rights: Rights, take: Take) -> Fate:
    run_id = store.latest(saga.name, key)
    if received.event == saga.starts_on:
        return "ignored" if run_id else _start(saga, key, received, rights)
    if run_id and (fate := change(run_id, partial(take, received=received))):
        return fate
    reason = "the run has ended" if run_id else f"no run of saga '{saga.name}' has the key '{key}' yet"
    return "accepted" if keep(run_id_of(saga.name, key), received, reason) else "unmatched"


def _start(saga: Saga, key: str, received: EventReceived, rights: Rights) -> Fate:
    """Start the run that an event starts. An event that may not, or whose payload is refused, stays in the inbox."""
    if _starts(saga, received.event, rights.may_start):
        try:
            start(saga.name, received.payload, key=key, by=rights.by)
        except (Refused, InvalidPayload) as error:
            if store.latest(saga.name, key):  # another start with the key was faster
                return "ignored"
            reason = f"the event does not start a run of saga '{saga.name}' with the key '{key}': {error}"
        else:
            return "accepted"
    else:
        reason = f"its sender may not start runs of saga '{saga.name}', which the event would start"
    store.keep_event(run_id_of(saga.name, key), received, reason)
    return "unmatched"
