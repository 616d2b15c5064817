"""The post: it takes packs at once and reports their delivery days later, with the callback that came with the pack."""

from examples.musiccorp.models import Pack
from sagaflow import engine

__all__ = ["deliver"]


def deliver(pack: Pack) -> None:
    """The pack is in the customer's hands: tell the saga that waits for it.

    Raises:
        Refused: nobody waits for this answer any more; the pack is delivered nevertheless.
    """
    Pack.objects.filter(pk=pack.pk).update(status="delivered")
    engine.answer(pack.callback, output={"delivered_to": pack.address})
