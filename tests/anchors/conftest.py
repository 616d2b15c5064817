"""A few runs and an anchor over them."""

import pytest

from sagaflow import engine
from sagaflow.store.proof import anchors
from tests.cli.conftest import started


@pytest.fixture
def rolled_back(db):
    """A run with a rollback record and an operator action that was refused."""
    run = started(ship_do="business")
    engine.operate(run, "cancel", by="ann", reason="too late")
    return run


@pytest.fixture
def anchored(rolled_back):
    """A run with a record and an action, covered by anchor 1. Anchors 2 and 3 cover one run each."""
    assert len(anchors.write_all()) == 1
    for _ in range(2):
        started()
        anchors.write_all()
    return rolled_back
