"""Errors of reading and writing the row of a run."""

from sagaflow.core.errors import Refused, SagaflowError

__all__ = ["UNREADABLE", "BadFilter", "Broken", "Overtaken", "UnknownRun"]

UNREADABLE = (SagaflowError, ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError)
"""Errors raised when a stored row was overwritten by hand. A caller with many rows goes on with the next one."""


class Broken(SagaflowError):
    """The stored data of a run or of its definition cannot be read: the run waits until it is restored."""


class UnknownRun(Refused):
    """No run has this ID."""

    def __init__(self, run_id: object) -> None:
        text = str(run_id)[:100]
        super().__init__(f"There is no run '{text}'; list the runs to see their IDs.", code="unknown")


class BadFilter(SagaflowError):
    """A filter or a cursor of a list of runs cannot be read. ``code`` says which: ``bad-search`` or ``bad-cursor``."""

    def __init__(self, message: str, *, code: str) -> None:
        self.code = code
        super().__init__(message)


class Overtaken(SagaflowError):
    """Another process changed the run between reading and writing; nothing was written. Try again."""

    def __init__(self, run_id: str, seq: int) -> None:
        super().__init__(f"Run {run_id} went on from journal entry {seq} meanwhile; nothing was changed. Try again.")
