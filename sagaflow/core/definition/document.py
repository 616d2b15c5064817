"""A definition as a JSON document and back: ``load(dump(saga)) == saga``.

The document is what the designer edits and the database stores. ``writer`` writes it; ``validate`` compares it with the
``document_schema``, and ``reader`` reads what fits.
"""

from sagaflow.core.definition.document_schema import rules, schema
from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.core.definition.reader import read
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.validate import validate
from sagaflow.core.definition.writer import digest, dump
from sagaflow.core.errors import Fault, InvalidDefinition
from sagaflow.core.json_value import Json

__all__ = ["digest", "dump", "load", "problems", "restore", "schema"]

RELATIONS = frozenset({"cycle", "empty", "unknown", "savepoint", "condition"})
"""Rules of ``problems`` that cannot be checked when parts of the document are missing."""


def load(document: object) -> Saga:
    """Return the saga that ``document`` describes.

    Raises:
        InvalidDefinition: the document breaks its schema or a rule of ``problems``; the error has every fault.
    """
    saga, faults = _read(document)
    if saga is None or faults:
        raise InvalidDefinition(faults)
    return saga


def restore(document: Json) -> Saga:
    """Return the saga of a stored document, which kept the rules of the version that stored it.

    Rules of ``problems`` that are newer than the document do not stop its runs: they refuse new definitions only.

    Raises:
        InvalidDefinition: the document has what this version does not know.
    """
    validated = validate(rules(), {key: value for key, value in document.items() if key != "input_schema"})
    if validated.faults:
        raise InvalidDefinition(validated.faults)
    return Saga.trusted(read(validated.value, UncheckedSaga), input_schema=document.get("input_schema"))


def problems(document: object) -> tuple[Fault, ...]:
    """Return every fault of a document; an empty tuple: ``load`` accepts it."""
    return _read(document)[1]


def _read(document: object) -> tuple[Saga | None, tuple[Fault, ...]]:
    validated = validate(rules(), document)
    if not isinstance(validated.value, dict) or "name" not in validated.value:
        return None, validated.faults
    try:
        return read(validated.value, Saga), validated.faults
    except InvalidDefinition as error:
        unsure = RELATIONS if validated.lost else {"cycle"} if validated.faults else frozenset()
        return None, validated.faults + tuple(fault for fault in error.faults if fault.rule not in unsure)
