"""The threads of a process that save their runs at the same moment share one statement, and so one commit.

A thread whose change finds no other under way leads: it writes its change and all that wait, up to ``MOST``. Changes
that come meanwhile wait; when the statement is done, the thread of the oldest of them leads, and so on. No thread
serves others twice in a row, and a thread returns after the commit of its change.

Before a leader writes, it waits for the threads that are ``deciding``: they carry on a run, and are about to save it.
It does not wait for a thread that is ``acting``, which may take long, nor for longer than ``GATHERING``. So a run that
is alone in its process is never delayed, and runs that are not cost a statement together.

Only the statement is shared, never the fate: if it fails, it has written nothing, and each thread writes its own change
alone and gets its own error. A statement that takes long, because it waits for a lock, say, keeps no change waiting for
more than ``PATIENCE``: another statement begins meanwhile.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from sagaflow.counting import counted
from sagaflow.store.runs import writing
from sagaflow.store.runs.writing import Write
from sagaflow.store.runs.writing_together import write_together

__all__ = ["acting", "deciding", "write"]

logger = counted("sagaflow.store")

MOST = 32
"""The number of changes in one statement, at most."""
GATHERING = 0.01
"""Seconds that a leader waits, at most, for the changes of threads that are deciding."""
PATIENCE = 0.05
"""Seconds after which a change no longer waits for the statement under way."""


@dataclass(eq=False, slots=True)
class Member:
    """One change and its thread, which waits until it is ``called``: it leads, or its change is done with."""

    change: Write
    called: Event = field(default_factory=Event)
    leads: bool = False
    answered: bool = False
    """True if ``answer`` is that of a shared statement; else the thread writes its change alone."""
    answer: list[str] | None = None

    def result(self) -> list[str] | None:
        """Return the answer, or write the change alone."""
        return self.answer if self.answered else writing.write(self.change)


class Group:
    """The changes that wait in this process, all for the same database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[Member, None] = {}
        self._under_way = 0
        """The number of leaders."""
        self._deciding = 0
        """The number of threads that are about to save a change, those that wait and lead included."""
        self._complete = Event()
        """Set if no leader has to wait for a change."""

    def count(self, number: int) -> None:
        """Count threads that are deciding, or with a negative number no longer."""
        with self._lock:
            self._deciding += number
            self._tell()

    def write(self, change: Write) -> list[str] | None:
        """Write the change as ``writing.write`` does, together with others that wait."""
        member = Member(change)
        with self._lock:
            if not self._under_way:
                self._promote(member)
            else:
                self._waiting[member] = None
                self._tell()
        while not (member.leads or member.called.wait(PATIENCE)):
            with self._lock:
                if member in self._waiting:
                    self._promote(member)
        return self._lead(member) if member.leads else member.result()

    def _promote(self, member: Member) -> None:
        self._waiting.pop(member, None)
        self._under_way += 1
        member.leads = True

    def _lead(self, leader: Member) -> list[str] | None:
        members = [leader]
        try:
            self._wait_for_others()
            members = self._gathered(leader)
            if len(members) == 1:
                return writing.write(leader.change)
            _write_all(members)
        finally:
            self._hand_on()
            for member in members[1:]:
                member.called.set()
        return leader.result()

    def _wait_for_others(self) -> None:
        with self._lock:
            self._complete.clear()
            self._tell()
        self._complete.wait(GATHERING)

    def _tell(self) -> None:
        """Tell leaders if no thread that is deciding can join them."""
        if len(self._waiting) + self._under_way >= min(self._deciding, MOST):
            self._complete.set()

    def _gathered(self, leader: Member) -> list[Member]:
        """Return the leader and those that it takes along, each of another run."""
        members = {leader.change.run_id: leader}
        with self._lock:
            for member in self._waiting:
                if len(members) < MOST:
                    members.setdefault(member.change.run_id, member)
            for member in members.values():
                self._waiting.pop(member, None)
        return [*members.values()]

    def _hand_on(self) -> None:
        with self._lock:
            self._under_way -= 1
            if self._waiting and not self._under_way:
                follower = next(iter(self._waiting))
                self._promote(follower)
                follower.called.set()


def _write_all(members: list[Member]) -> None:
    try:
        answers = write_together([member.change for member in members])
    except Exception as error:  # noqa: BLE001 - each thread writes its change alone, and the guilty one gets its error
        name = type(error).__name__  # its message may quote data of a run
        logger.info("A statement for %d runs failed with %s; each is written alone.", len(members), name)
        return
    for member, answer in zip(members, answers, strict=True):
        member.answer, member.answered = answer, True


_group = Group()


def write(change: Write) -> list[str] | None:
    """Write the change of an existing run outside of a transaction; see ``writing.write`` for the answer."""
    return _group.write(change)


@contextmanager
def deciding() -> Iterator[None]:
    """For the block, this thread carries on a run: a statement of other threads waits for its changes."""
    group = _group
    group.count(1)
    try:
        yield
    finally:
        group.count(-1)


@contextmanager
def acting() -> Iterator[None]:
    """For the block, a thread that is ``deciding`` calls a participant, and nothing waits for it."""
    group = _group
    group.count(-1)
    try:
        yield
    finally:
        group.count(1)


def _forked() -> None:
    """Begin with an empty group in a child process, which has none of the threads that wait."""
    global _group  # noqa: PLW0603 - the lock of the old one may be held
    _group = Group()


os.register_at_fork(after_in_child=_forked)
