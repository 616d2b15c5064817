"""The post: it accepts packs immediately and reports their delivery days later, with the callback of each pack."""

from examples.musiccorp.models import Pack
from sagaflow import engine

__all__ = ["deliver"]


def deliver(pack: Pack) -> None:
    """The customer has the pack: report it to the waiting saga.

    Raises:
        Refused: the saga is not waiting for this answer any more; the pack is delivered anyway.
    """
    Pack.objects.filter(pk=pack.pk).update(status="delivered")
    engine.answer(pack.callback, output={"delivered_to": pack.address})
