"""A private PostgreSQL: its data survive its own death, but not the machine's, which makes it fast."""

import signal

import psycopg
from psycopg import sql

from tests.servers.binaries import postgresql
from tests.servers.server import DidNotStart, Server

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "max_prepared_transactions": "20",  # S3 (c) compares a saga with two-phase commit
    "timezone": "UTC",
}


class PostgreSQL(Server):
    name = "postgresql"
    user = "postgres"
    parting_signal = signal.SIGQUIT  # immediate shutdown: no checkpoint, recovery at the next start

    @property
    def database_url(self) -> str:
        return self.url_of("sagaflow")

    def url_of(self, database: str) -> str:
        return f"postgres://sagaflow@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database and return its URL. A migrated database as template saves migrating again."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def prepare(self) -> None:
        if (self.folder / "data").exists():
            return
        command = [postgresql("initdb"), "--username=sagaflow", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        if self.spawn([*command, "--no-sync", "--pgdata", str(self.folder / "data")]).wait(timeout=60):
            raise DidNotStart(f"initdb failed. The end of its log:\n{self.log()[-2000:]}")

    def command(self) -> list[str]:
        options = [f"--{key}={value}" for key, value in SETTINGS.items()]
        place = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port)]
        return [postgresql("postgres"), *place, *options]

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=2) as connection:
                if connection.execute("SHOW data_directory").fetchone() != (str(self.folder / "data"),):
                    return False
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'sagaflow'").fetchone():
                    connection.execute("CREATE DATABASE sagaflow")
        except psycopg.OperationalError:
            return False
        return True
