"""The script of a scenario: the answers of its participants, attempt by attempt, by step and direction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sagaflow.core.participant import Context
from sagaflow.core.run.state import Direction
from sagaflow.testing.fault_injection import REAL, FaultyAttempt

__all__ = ["Answers", "Place", "Script", "faulty_attempt_of"]

Answers = tuple[Any, ...]
Place = tuple[str, Direction]
"""A step, an observer or a subscriber, and a direction."""

_playing: list["Script"] = []


class Script:
    """The answers for the runs of one saga. Each attempt gets one answer, even if it asks several times."""

    def __init__(self, saga: str, answers: Mapping[Place, Answers]) -> None:
        self._saga = saga
        self._rest = {place: iter(planned) for place, planned in answers.items()}
        self._answered: dict[tuple[str, str, int], Any] = {}

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Have ``drive`` ask this script for the faults of attempts."""
        _playing.append(self)
        try:
            yield
        finally:
            _playing.remove(self)

    def of(self, context: Context) -> object:
        """Return the answer for the attempt: a value, an error, a function, a faulty attempt or ``REAL``."""
        if context.saga != self._saga:
            return REAL
        attempt = (context.causation_id, context.step, context.attempt)
        if attempt not in self._answered:
            self._answered[attempt] = next(self._rest.get((context.step, context.direction), iter(())), REAL)
        return self._answered[attempt]

    def answering(self, real: Callable[[Context], object]) -> Callable[[Context], object]:
        """Return an action that answers as the script says. If the answer is ``REAL``, ``real`` answers."""

        def answer(context: Context) -> object:
            planned = self.of(context)
            planned = planned.answer if isinstance(planned, FaultyAttempt) else planned
            if planned is REAL:
                return real(context)
            if isinstance(planned, BaseException):
                raise planned
            return planned(context) if callable(planned) else planned

        return answer


def faulty_attempt_of(context: Context) -> FaultyAttempt | None:
    """Return the faulty attempt that a script which plays now has for this attempt; ``None``: there is none."""
    answers = [script.of(context) for script in _playing]
    return next((answer for answer in answers if isinstance(answer, FaultyAttempt)), None)
