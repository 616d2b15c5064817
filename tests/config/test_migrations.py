"""A project may have several databases: each migration changes the rows of the one that is migrated."""

import ast
from pathlib import Path

import pytest

MIGRATIONS = sorted((Path(__file__).parents[2] / "sagaflow/migrations").glob("0*.py"))


def readers(path):
    """The functions of a migration that ask for a model."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        ast.unparse(node) for node in nodes if isinstance(node, ast.FunctionDef) and "get_model" in ast.unparse(node)
    ]


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_of_rows_names_the_database_that_is_migrated(path):
    for function in readers(path):
        assert ".using(" in function
        assert "connection.alias" in function


def test_there_are_migrations_of_rows():
    assert any(map(readers, MIGRATIONS))
