"""A compensation is written as shortly as it can be, and read back as it was."""

import pytest

from sagaflow.core.definition.compensation import Compensation, Undo, irreversible, nothing, semantic
from sagaflow.core.definition.work import Call, RollBackChild, WaitForEvent

pytestmark = pytest.mark.quick
FREED = WaitForEvent("Freed", "depot")


@pytest.mark.parametrize(
    ("compensation", "document"),
    [
        (Compensation(does=Call("depot.free")), "depot.free"),
        (Compensation(does=Call("depot.free"), reason="asked"), {"compensate": "depot.free", "reason": "asked"}),
        (
            Compensation(does=Call("depot.free"), needs=("/place",), emits="Freed"),
            {"compensate": "depot.free", "needs": ["/place"], "emits": "Freed"},
        ),
        (Compensation(does=FREED), {"compensate": {"event": "Freed", "service": "depot"}}),
        (Compensation(does=RollBackChild()), {"compensate": RollBackChild().document()}),
        (semantic("mail.sorry"), {"semantic": "mail.sorry"}),
        (semantic("mail.sorry", "it was sent"), {"semantic": "mail.sorry", "reason": "it was sent"}),
        (Compensation(kind=Undo.SEMANTIC, does=FREED), {"semantic": {"event": "Freed", "service": "depot"}}),
        (irreversible("a sealed parcel"), {"irreversible": "a sealed parcel"}),
        (nothing("a look"), {"nothing": "a look"}),
    ],
)
def test_a_compensation_has_one_document_and_is_read_back(compensation, document):
    assert compensation.document() == document
    assert Compensation.read(document) == compensation
