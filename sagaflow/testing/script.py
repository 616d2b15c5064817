"""What the participants of a scenario answer: by step and direction, attempt by attempt."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sagaflow.core.participant import Context
from sagaflow.core.run.state import Direction
from sagaflow.testing.fault_injection import REAL, FaultyAttempt

__all__ = ["Answers", "Place", "Script", "faulty_attempt_of"]

Answers = tuple[Any, ...]
Place = tuple[str, Direction]
"""A step (or an observer, or a subscriber) and a direction."""

_playing: list["Script"] = []


class Script:
    """The answers for one run of one saga. Each attempt gets one answer, however often it asks."""

    def __init__(self, saga: str, answers: Mapping[Place, Answers]) -> None:
        self._saga = saga
        self._rest = {place: iter(given) for place, given in answers.items()}
        self._given: dict[tuple[str, str, int], Any] = {}

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Inside, ``drive`` asks this script how the attempts go wrong."""
        _playing.append(self)
        try:
            yield
        finally:
            _playing.remove(self)

    def of(self, context: Context) -> Any:
        """The answer for the attempt: a value, an error, a function, a faulty attempt or ``REAL``."""
        if context.saga != self._saga:
            return REAL
        attempt = (context.causation_id, context.step, context.attempt)
        if attempt not in self._given:
            self._given[attempt] = next(self._rest.get((context.step, context.direction), iter(())), REAL)
        return self._given[attempt]

    def answering(self, real: Callable[[Context], Any]) -> Callable[[Context], Any]:
        """An action that answers as the script says; ``real`` answers where the script leaves it to the action."""

        def answer(context: Context) -> Any:
            given = self.of(context)
            given = given.answer if isinstance(given, FaultyAttempt) else given
            if given is REAL:
                return real(context)
            if isinstance(given, BaseException):
                raise given
            return given(context) if callable(given) else given

        return answer


def faulty_attempt_of(context: Context) -> FaultyAttempt | None:
    """How the attempt goes wrong, as the script that plays now says."""
    given = [script.of(context) for script in _playing]
    return next((answer for answer in given if isinstance(answer, FaultyAttempt)), None)
