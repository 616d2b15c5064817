"""An event from outside that names no run finds it by a value in its payload: the key of the run.

The definition says in ``correlate`` where each event has it.
"""

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.key import check_key

__all__ = ["correlates", "hears", "key_in"]

_NOTHING = object()


def hears(saga: Saga, event: str) -> bool:
    """Return true if a step of ``saga`` waits for or reacts to such an event from outside, in either direction."""
    return any(event in names for heard in saga.graph.hears.values() for names in heard.values())


def correlates(saga: Saga, event: str) -> bool:
    """Return true if such an event finds runs of ``saga``: ``correlate`` names it, or has ``*`` and it is heard."""
    if saga.pointer_to_key(event) is None:
        return False
    return event in saga.correlate or event == saga.starts_on or hears(saga, event)


def key_in(saga: Saga, event: str, payload: Json) -> str:
    """Return the key of the run of ``saga`` that an event is for. A whole number is the key that it is written as.

    Raises:
        Refused: the payload has no key at that place.
    """
    pointer = saga.pointer_to_key(event)
    found = _NOTHING if pointer is None else resolve(payload, pointer, _NOTHING)
    place = f"Saga '{saga.name}' looks for the key of the run at '{pointer}' in the payload of '{event}'"
    if found is _NOTHING:
        raise Refused(f"{place}, and there is nothing.", code="no-key")
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise Refused(f"{place}, and there is neither a text nor a whole number.", code="no-key")
    try:
        return check_key(str(found))
    except Refused as error:  # its message quotes the value, which may be masked for the reader of the reason
        message = f"{place}, and the text there is not a valid key: it must be printable, 1 to 200 characters."
        raise Refused(message, code="no-key") from error
