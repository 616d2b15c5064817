"""Errors of the core. Each message is a sentence that names the thing, the rule and the remedy."""

from dataclasses import dataclass

__all__ = ["Fault", "InvalidDefinition", "InvalidPayload", "Refused", "SagaflowError"]


class SagaflowError(Exception):
    """Every error that Sagaflow raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a definition."""

    element: str
    """The path of the element: ``saga``, ``segments/order``, ``segments/order/steps/take_payment``."""
    message: str
    """A sentence: which rule is broken and what to do."""
    rule: str = "invalid"
    """A stable identifier of the rule, for tests and for the designer."""
    field: str = ""
    """The key of the element in its document that breaks the rule, such as ``retry``; empty: no single one does."""

    @property
    def lets_runs_start(self) -> bool:
        """True if new runs of a stored definition start despite the fault. No input matches a faulty schema."""
        return self.field != "input_schema"

    def __post_init__(self) -> None:
        """Escape characters that cannot be printed, sent or stored."""
        for name in ("element", "message"):
            object.__setattr__(self, name, _storable(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.element}: {self.message}"


class InvalidDefinition(SagaflowError):
    """A definition has faults; ``faults`` lists every one of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("The definition is not valid:\n" + "\n".join(f"  - {fault}" for fault in faults))


class InvalidPayload(SagaflowError):
    """A JSON payload breaks a rule of the strict parser."""

    code = "bad-json"
    """As that of a refusal."""


class Refused(SagaflowError):
    """A request does not apply to the current state of the run; nothing was changed."""

    def __init__(self, message: str, *, code: str = "refused") -> None:
        self.code = code
        super().__init__(message)


def _storable(text: str) -> str:
    """Return ``text`` with halves of surrogate pairs and NUL characters escaped."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
