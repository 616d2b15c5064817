"""The threads of a process that save their runs at the same moment share one statement, and so one commit.

A thread whose change finds no other under way writes it at once. Changes that come meanwhile wait; when the statement
is done, the thread of the oldest of them writes all that wait, up to ``MOST``, and then the next one does the same. So
no timer delays a single run, and no thread serves others twice in a row. A thread returns after the commit of its
change.

Only the statement is shared, never the fate: if it fails, it has written nothing, and each thread writes its own change
alone and gets its own error. A statement that takes long, because it waits for a lock, say, keeps no change waiting for
more than ``PATIENCE``: another statement begins meanwhile.
"""

import os
from dataclasses import dataclass, field
from threading import Event, Lock

from sagaflow.counting import counted
from sagaflow.store.runs import writing
from sagaflow.store.runs.writing import Write
from sagaflow.store.runs.writing_together import write_together

__all__ = ["write"]

logger = counted("sagaflow.store")

MOST = 32
"""The number of changes in one statement, at most."""
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

    def write(self, change: Write) -> list[str] | None:
        """Write the change as ``writing.write`` does, together with others that wait."""
        member = Member(change)
        with self._lock:
            if not self._under_way:
                self._promote(member)
            else:
                self._waiting[member] = None
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
        members = self._gathered(leader)
        try:
            if len(members) == 1:
                return writing.write(leader.change)
            _write_all(members)
        finally:
            self._hand_on()
            for member in members[1:]:
                member.called.set()
        return leader.result()

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


def _forked() -> None:
    """Begin with an empty group in a child process, which has none of the threads that wait."""
    global _group  # noqa: PLW0603 - the lock of the old one may be held
    _group = Group()


os.register_at_fork(after_in_child=_forked)
