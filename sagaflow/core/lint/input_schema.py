"""Rules about the data of a whole run: the schema of its input, and the names of the fields that are masked."""

from collections.abc import Iterator, Mapping

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.saga import Saga
from sagaflow.core.halting import go_on
from sagaflow.core.json_value import Json
from sagaflow.core.lint.data import reads
from sagaflow.core.lint.finding import Finding, Severity
from sagaflow.core.lint.names import Known
from sagaflow.core.schemas.schema_faults import oddities
from sagaflow.core.suggestions import misspelt

__all__ = ["hardly_meant", "masks_nothing"]


def hardly_meant(saga: Saga) -> Iterator[Finding]:
    """The input schema has a misspelt keyword, or an example that it refuses itself."""
    for message in oddities(saga.input_schema):
        yield Finding(rule="hardly-meant", severity=Severity.WARNING, element="saga", message=message)


def masks_nothing(saga: Saga, known: Known) -> Iterator[Finding]:
    """The name of a sensitive field is misspelt: no schema and no step names it, but they name one that is like it."""
    named = {name.casefold(): name for name in _named(saga, known)}
    sensitive = {name.casefold() for name in saga.sensitive}
    others = frozenset(named[other] for other in named.keys() - sensitive)
    for name in saga.sensitive:
        go_on()
        close = "" if name.casefold() in named else misspelt(name, others)
        if close:
            message = f"the sensitive field '{name}' masks nothing that the definition names; {close}"
            yield Finding(rule="masks-nothing", severity=Severity.WARNING, element="saga", message=message)


def _named(saga: Saga, known: Known) -> Iterator[str]:
    """Yield the names of fields that the definition, its actions and its sub-sagas have."""
    yield from _properties(saga.input_schema)
    for pointer in (*saga.search.values(), *saga.correlate.values()):
        yield from tokens(pointer)
    for step in saga.steps.values():
        yield from step.outputs or ()
        for schema in (known.takes(step), *(each for way in Direction for each in known.of(step.work(way).calls))):
            yield from _properties(schema)
        for mapping in (step.input, step.undo.input if step.undo else None):
            yield from mapping.fields if mapping else ()
        for pointer in (*(read for _, read in reads(step)), *(step.undo.needs if step.undo else ())):
            yield from tokens(pointer)
        child = known.children.get(step.does.runs)
        for inner in child.steps.values() if child else ():
            yield from inner.outputs or ()


def _properties(schema: Json) -> Iterator[str]:
    """Yield the names of all properties that a schema lists, at any depth."""
    todo = [schema]
    while todo:
        go_on()
        each = todo.pop()
        if isinstance(each, Mapping):
            listed = each.get("properties")
            yield from listed if isinstance(listed, Mapping) else ()
            todo += each.values()
        elif isinstance(each, list | tuple):
            todo += each
