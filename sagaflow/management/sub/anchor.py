"""Write an anchor: a signed checkpoint of everything since the last one.

The sweeper writes an anchor every ANCHOR_INTERVAL seconds. Keep the printed receipt in another place, for example in a
ticket or on paper. With it, `verify --receipt` proves that neither this anchor nor an earlier one was replaced.
--key prints the public key instead. The public key checks signatures and cannot make them.

Examples:
  manage.py sagaflow anchor
  manage.py sagaflow anchor --json
  manage.py sagaflow anchor --key
"""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sagaflow.core.json_value import Json
from sagaflow.management.output import Output

if TYPE_CHECKING:
    from sagaflow.store.proof.anchors import Anchor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", action="store_true", help="print the public key and write nothing")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.store.proof import anchors, signing

    if options.key:
        key = signing.public_key()
        out.answer({"key": key}, lambda: out.say(key))
        return
    written = anchors.write_all()
    last = anchors.latest()
    answer = {
        "written": [_described(anchor) for anchor in written],
        "receipt": anchors.receipt(last) if last else None,
    }
    out.answer(answer, lambda: _render(out, answer))


def _described(anchor: "Anchor") -> dict[str, object]:
    from sagaflow.store.proof import anchors

    return {
        "number": anchor.number,
        "at": anchor.at.isoformat(),
        "items": anchor.items,
        "total": anchor.total,
        "receipt": anchors.receipt(anchor),
    }


def _render(out: Output, answer: Mapping[str, Json]) -> None:
    from sagaflow.management.terminal import counted

    for anchor in answer["written"]:
        out.say(f"Wrote anchor {anchor['number']} over {counted(anchor['items'], 'item')}.")
    if not answer["written"]:
        out.say("Nothing has happened since the last anchor." if answer["receipt"] else "There is nothing to anchor.")
    if answer["receipt"]:
        out.say(f"Receipt: {answer['receipt']}")
