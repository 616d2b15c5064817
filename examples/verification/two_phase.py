"""(c) Verify a customer atomically over two PostgreSQL databases: two-phase commit with presumed abort, for comparison.

The decision to commit is a row in the first database, written between the phases: a prepared transaction without a
decision is rolled back. A coordinator holds an advisory lock while it lives, so that `recover` resolves only orphans.
Both servers need `max_prepared_transactions` above 0.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from django.db import connections

__all__ = ["Databases", "Resolved", "VotedNo", "recover", "verify"]

FORMAT = 7453
"""Marks the global transaction IDs of this module among others on the same server."""
LOCK = "hashtextextended(%s, 7453)"

Connection = psycopg.Connection[Any]
Point = Callable[[str], None]


def _nothing(_: str) -> None:
    """Do nothing: the default for each point."""


class VotedNo(Exception):
    """A participant refuses; both databases are unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Connection parameters of both databases: keyword arguments of `psycopg.connect`."""

    customers: dict[str, Any]
    """This database also stores the coordinator's decisions."""
    enrollments: dict[str, Any]

    @classmethod
    def of_site(cls) -> Self:
        """The databases that the site is configured with."""
        first, second = (connections[alias].get_connection_params() for alias in ("default", "participant"))
        return cls(customers=first, enrollments=second)


@dataclass(frozen=True, slots=True)
class Resolved:
    """One orphan that `recover` found."""

    gid: str
    branch: str
    committed: bool


def verify(customer: str, gid: str, databases: Databases, *, at: Point = _nothing) -> None:
    """Set the status to VERIFIED and delete the pending enrollment, or neither. `gid`: unique, at most 50 characters.

    `at` is called with the name of each point that is reached, so that tests can kill the coordinator there.

    Raises:
        VotedNo: a row was missing; nothing was changed.
        psycopg.Error: a connection was lost; `recover` completes both changes or neither.
    """
    with _coordinator(gid, databases) as log, ExitStack() as branches:
        customers = branches.enter_context(_branch(databases.customers))
        enrollments = branches.enter_context(_branch(databases.enrollments))
        try:
            _vote(customers, gid, "customers", SET_VERIFIED, customer)
            at("one prepared")
            _vote(enrollments, gid, "enrollments", DELETE_ENROLLMENT, customer)
        except BaseException:
            _roll_back(customers, enrollments)
            raise
        at("both prepared")
        log.execute("INSERT INTO verification_commitdecision (gid) VALUES (%s)", [gid])
        at("decided")
        customers.tpc_commit()
        at("one committed")
        enrollments.tpc_commit()
        log.execute("DELETE FROM verification_commitdecision WHERE gid = %s", [gid])


def recover(databases: Databases) -> tuple[Resolved, ...]:
    """Commit every orphan with a decision to commit, and roll back the others. Run it at least at every start."""
    resolved: list[Resolved] = []
    with _connect(databases.customers, autocommit=True) as log:
        for parameters in (databases.customers, databases.enrollments):
            with _connect(parameters, autocommit=True) as connection:
                resolved += _resolve(connection, log)
        _forget(log, databases)
    return tuple(resolved)


SET_VERIFIED = "UPDATE verification_customer SET status = 'VERIFIED' WHERE number = %s AND status = 'PENDING'"
DELETE_ENROLLMENT = "DELETE FROM verification_pendingenrollment WHERE customer = %s"


@contextmanager
def _coordinator(gid: str, databases: Databases) -> Iterator[Connection]:
    """The coordinator's connection to its log. Its lock ends with it, however it ends."""
    with _connect(databases.customers, autocommit=True) as log:
        log.execute(f"SELECT pg_advisory_lock({LOCK})", [gid])
        yield log


@contextmanager
def _branch(parameters: dict[str, Any]) -> Iterator[Connection]:
    """A connection that is closed without a commit; a prepared transaction survives that."""
    connection = _connect(parameters, autocommit=False)
    try:
        yield connection
    finally:
        connection.close()


def _connect(parameters: dict[str, Any], *, autocommit: bool) -> Connection:
    return psycopg.connect(**{**parameters, "autocommit": autocommit})


def _vote(connection: Connection, gid: str, branch: str, statement: str, customer: str) -> None:
    """Do the work and prepare it."""
    connection.tpc_begin(connection.xid(FORMAT, gid, branch))
    if connection.execute(statement, [customer]).rowcount != 1:
        raise VotedNo(f"The {branch} service has no row of customer {customer} to change; nothing was changed.")
    connection.tpc_prepare()


def _roll_back(*branches: Connection) -> None:
    """Roll back each branch, prepared or not. Its errors are ignored, because an earlier error led here."""
    for connection in branches:
        try:
            connection.tpc_rollback()
        except psycopg.Error:
            connection.close()


def _resolve(connection: Connection, log: Connection) -> Iterator[Resolved]:
    for xid in _prepared(connection):
        with _orphaned(log, xid.gtrid) as orphaned:
            if not orphaned:
                continue
            committed = _decided(log, xid.gtrid)
            (connection.tpc_commit if committed else connection.tpc_rollback)(xid)
            yield Resolved(xid.gtrid, xid.bqual or "", committed)


def _prepared(connection: Connection) -> list[psycopg.Xid]:
    """The prepared transactions of this module in this database (the server lists those of all its databases)."""
    name = connection.info.dbname
    return [xid for xid in connection.tpc_recover() if xid.format_id == FORMAT and xid.database == name]


@contextmanager
def _orphaned(log: Connection, gid: str) -> Iterator[bool]:
    """True if the coordinator is gone, and no other process is resolving the transaction."""
    row = log.execute(f"SELECT pg_try_advisory_lock({LOCK})", [gid]).fetchone()
    locked = bool(row and row[0])
    try:
        yield locked
    finally:
        if locked:
            log.execute(f"SELECT pg_advisory_unlock({LOCK})", [gid])


def _decided(log: Connection, gid: str) -> bool:
    return log.execute("SELECT 1 FROM verification_commitdecision WHERE gid = %s", [gid]).fetchone() is not None


def _forget(log: Connection, databases: Databases) -> None:
    """Delete decisions that no prepared transaction and no living coordinator needs any more."""
    for (gid,) in log.execute("SELECT gid FROM verification_commitdecision").fetchall():
        with _orphaned(log, gid) as orphaned:
            if orphaned and gid not in _open(databases):
                log.execute("DELETE FROM verification_commitdecision WHERE gid = %s", [gid])


def _open(databases: Databases) -> set[str]:
    found: set[str] = set()
    for parameters in (databases.customers, databases.enrollments):
        with _connect(parameters, autocommit=True) as connection:
            found |= {xid.gtrid for xid in _prepared(connection)}
    return found
