"""An action as a value: its name, the code or the request behind it, and its options."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from sagaflow.core.definition.fields import ACTION, duration_faults
from sagaflow.core.errors import SagaflowError
from sagaflow.core.participant import Context
from sagaflow.core.schemas.schema_faults import schema_faults

__all__ = ["KEY", "Action", "BadAction", "Description", "HttpCall", "Options"]

METHODS = ("POST", "PUT", "PATCH", "DELETE")
PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")
LONGEST_CALL = 300.0
KEY = "{key}"
"""The place of the idempotency key in the path of a probe."""


class BadAction(SagaflowError):
    """An action cannot be registered like this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The code and the options of an action in this process."""

    name: str
    """``service.verb``."""
    does: Any
    """For the kind ``python`` a callable that takes a Context; other kinds have their own values."""
    kind: str = "python"
    """The name of the member of ``sagaflow.participants`` that performs it."""
    transactional: bool = False
    """True: it runs in the transaction that records its outcome, in the database of the runs, and so exactly once."""
    database: str | None = None
    """The alias of the database with the participant's tables, where the barrier guards it; ``None``: no barrier."""
    lease: float | None = None
    """The seconds after which the worker of an attempt counts as dead; ``None``: the setting LEASE_SECONDS."""
    title: str = ""
    """For people; empty: the name."""
    input_schema: Mapping[str, Any] | None = None
    """JSON Schema of the input that it takes, for the linter and the designer; ``None``: not declared."""
    output_schema: Mapping[str, Any] | None = None
    """JSON Schema of its output, for the linter and the designer; ``None``: not declared."""
    undo: str = ""
    """The action that usually undoes it, which the designer proposes; empty: none."""
    timeout: float | None = None
    """The time limit in seconds that the designer gives a step which calls it; ``None``: none is proposed."""
    probe: Any = None
    """Asks the participant if an attempt took effect whose answer is lost; ``None``: nothing does.

    For the kind ``python`` a callable that takes a Context and returns the output of the effect, or ``NotDone()``; for
    the kind ``http`` a path for GET with ``{key}`` in it.
    """

    def __post_init__(self) -> None:
        if not ACTION.fullmatch(self.name):
            raise BadAction(f"'{self.name}' is not the name of an action; write service.verb, such as payment.refund.")
        if self.undo and not ACTION.fullmatch(self.undo):
            raise BadAction(
                f"'{self.undo}', the undo of action '{self.name}', is not the name of an action; "
                "write service.verb, such as payment.refund."
            )
        for what, schema in (("input", self.input_schema), ("output", self.output_schema)):
            if schema is not None and (faults := schema_faults(schema)):
                raise BadAction(f"The {what} schema of action '{self.name}' cannot be used: {faults[0]}.")
        self._check_probe()
        if self.timeout is not None:
            for fault, _ in duration_faults(f"The timeout of action '{self.name}'", self.timeout):
                raise BadAction(f"{fault}.")
        if self.transactional and self.database:
            raise BadAction(
                f"Action '{self.name}' is transactional and names the database '{self.database}': a transaction covers "
                "the database of the runs only. Give one of the two; with a database, the barrier guards the action."
            )

    def _check_probe(self) -> None:
        probe, what = self.probe, f"the probe of action '{self.name}'"
        if probe is None:
            return
        if self.transactional or self.database:
            raise BadAction(f"Leave out {what}: its transaction or its barrier already says if an attempt took effect.")
        if self.kind != "http" and not callable(probe):
            raise BadAction(f"{probe!r} cannot be {what}; give a function that takes a Context.")
        path = probe if isinstance(probe, str) else ""
        if self.kind == "http" and not (path.count(KEY) == 1 and _is_path(path.replace(KEY, "key"))):
            raise BadAction(f"{probe!r} is not a path for {what}; write it like /charges/{KEY}.")

    @property
    def service(self) -> str:
        """The participant that owns it."""
        return self.name.partition(".")[0]


class Description(TypedDict, total=False):
    """The options of an action that describe it to the linter and the designer: see :class:`Action`."""

    title: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    undo: str


class Options(Description, total=False):
    """All options of an action that is a Python function: see :class:`Action`."""

    transactional: bool
    database: str | None
    lease: float | None
    timeout: float | None
    probe: Callable[[Context], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """A request to a participant behind HTTP. It names a connection, whose address only administrators know."""

    connection: str
    path: str
    method: str = "POST"
    callback: bool = False
    """True: the participant gets a URL for a later answer (it first answers 202)."""
    timeout: float = 10.0
    """The most seconds for the whole exchange."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BadAction(f"'{self.method}' is not a method for an HTTP action; choose one of {', '.join(METHODS)}.")
        if not _is_path(self.path):
            raise BadAction(f"'{self.path}' is not a path for an HTTP action; write it like /charges, without a query.")
        if not 0 < self.timeout <= LONGEST_CALL:
            raise BadAction(
                f"An HTTP action cannot take {self.timeout} s; give it up to {LONGEST_CALL} s, and a callback."
            )


def _is_path(path: str) -> bool:
    return bool(PATH.fullmatch(path)) and not {".", ".."} & set(path.split("/"))
