"""Read a document that fits its schema (see ``validate``) as a saga; a missing part gets a value without faults."""

from collections.abc import Mapping
from typing import TypeVar

from sagaflow.core.definition.parts import AfterRollback, Discard, Observer, Segment, UncheckedSaga
from sagaflow.core.json_value import Json

__all__ = ["read"]

S = TypeVar("S", bound=UncheckedSaga)


def read(data: Mapping[str, Json], form: type[S]) -> S:
    """Return the saga of ``data``; ``form``: its class, which says what rules it keeps.

    Raises:
        InvalidDefinition: the saga breaks a rule of ``form``.
    """
    names = ("title", "input_schema", "search", "correlate", "starts_on", "sensitive", "deadline")
    after = data.get("after_rollback")
    return form(
        data["name"],
        tuple(Segment.read(item) for item in data.get("segments", ()) if "name" in item),
        after_rollback=AfterRollback(**after) if after else Discard,
        observers=tuple(
            Observer(item["name"], item["action"], item.get("on", ()))
            for item in data.get("observers", ())
            if "name" in item and "action" in item
        ),
        **{name: data[name] for name in names if name in data},
    )
