"""Draws the pictures of the documentation from new runs: `python -m tests.docs.draw`.

The runs use a separate database in a temporary folder, and the examples with their demo data.
"""

import os
import re
import sys
import tempfile
import tomllib
from itertools import pairwise

import graphviz

from tests.docs.markdown import ROOT

IMAGES = ROOT / "docs" / "images"
ORDER = {"order": "S-1", "customer": "ada", "sku": "metropolis", "quantity": 2, "amount": 3_000}
PURCHASE = {"order": "O-1", "customer": "ada", "item": "theremin", "quantity": 1, "amount": 100}


def pictures() -> dict[str, str]:
    """The pictures by file name, as SVG. They need the demo data of StreamTech and of the orders."""
    from sagaflow.flowchart.draw import draw_svg
    from sagaflow.flowchart.sequence import messages
    from sagaflow.flowchart.sequence_svg import sequence_svg
    from sagaflow.testing import given, moving_clock

    with moving_clock():
        rolled_back = given("order-fulfilment", ORDER).run().is_("rolled_back")
        at = rolled_back.state.ended_at
        drawn = {"order-fulfilment-rolled-back.svg": draw_svg(rolled_back.saga, rolled_back.state, at)}
        for style in ("orchestrated", "choreographed"):
            run = given(f"place-order-{style}", PURCHASE).run().is_("rolled_back")
            found = messages(run.saga, run.journal)
            drawn[f"place-order-{style}.svg"] = sequence_svg(found, title=f"A purchase, {style}, out of stock")
    return drawn | {"layers.svg": layers()}


def layers() -> str:
    """The import contract of the framework, as in pyproject.toml: each layer knows only those below it."""
    from sagaflow.flowchart.layout import lay_out

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["id"] == "framework")
    graph = graphviz.Digraph(node_attr={"shape": "box", "style": "rounded,filled", "fillcolor": "#eef2ff"})
    graph.attr(ranksep="0.25", nodesep="0.15", bgcolor="white")
    graph.attr("node", fontname="DejaVu Sans", fontsize="11", color="#4f46e5", height="0.35")
    graph.attr("edge", color="#64748b", arrowsize="0.6")
    names = [[name.strip("() ") for name in re.split(r"[|:]", row)] for row in rows]
    for row in names:
        with graph.subgraph(graph_attr={"rank": "same"}) as rank:
            for name in row:
                rank.node(name)
    for above, below in pairwise(names):
        graph.edge(above[len(above) // 2], below[len(below) // 2])
    drawn = lay_out(graph.source).decode()
    return drawn[drawn.index("<svg") :].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)


def on_paper(svg: str) -> str:
    """Add a white background, because a dark page would make the dark text unreadable."""
    return re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff" />', svg, count=1) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": f"sqlite:///{folder}/runs.sqlite3",
            "PARTICIPANT_DATABASE_URL": f"sqlite:///{folder}/participant.sqlite3",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        from examples.orders import demo as orders
        from examples.streamtech import demo as streamtech

        for alias in connections:
            call_command("migrate", database=alias, interactive=False, verbosity=0)
        streamtech.load()
        orders.load()
        for name, svg in pictures().items():
            (IMAGES / name).write_text(on_paper(svg), encoding="utf-8")
            sys.stdout.write(f"Drew docs/images/{name}.\n")


if __name__ == "__main__":
    main()
