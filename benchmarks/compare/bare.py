"""A bare loop: a row per saga and a row per step, seven commits in all, and nothing else that a saga needs.

It has no queue, no leases, no journal that proves anything and no second process. So it is what the database alone
takes for the same number of commits.
"""

import os
import sys

import psycopg

TABLES = """CREATE TABLE IF NOT EXISTS bare_saga (id bigserial PRIMARY KEY, status text NOT NULL);
CREATE TABLE IF NOT EXISTS bare_step (saga bigint NOT NULL, step text NOT NULL, output text NOT NULL,
PRIMARY KEY (saga, step))"""


def main() -> None:
    """Answer each line ``<number> <variant>`` by ``started``, after that many sagas were done."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0) as connection:
        for statement in TABLES.split(";"):
            connection.execute(statement)
        print("ready", flush=True)  # noqa: T201  (the protocol)
        for line in sys.stdin:
            number, variant = line.split()
            names = [f"step{step}" for step in range(1, 6)] + [f"undo{step}" for step in range(1, 5)]
            for _ in range(int(number)):
                run(connection, names if variant == "failing" else names[:5])
            print("started", flush=True)  # noqa: T201  (the protocol)


def run(connection: "psycopg.Connection[tuple[int, ...]]", names: list[str]) -> None:
    """Do one saga."""
    row = connection.execute("INSERT INTO bare_saga (status) VALUES ('running') RETURNING id").fetchone()
    assert row is not None
    for name in names:
        connection.execute("INSERT INTO bare_step VALUES (%s, %s, %s)", (row[0], name, '{"ok":true}'))
    connection.execute("UPDATE bare_saga SET status = 'done' WHERE id = %s", row)


main()
