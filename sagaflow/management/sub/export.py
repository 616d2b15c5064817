"""Write a registered definition as a document in YAML or JSON.

--format names the format; without it, the suffix of the file does (.yaml, .yml, .json), and the default is yaml. The
document has the same digest as the definition.

Examples:
  manage.py sagaflow export order-fulfilment
  manage.py sagaflow export order-fulfilment -o order.json
"""

import argparse

from sagaflow.management.files import add_output, deliver, form_of
from sagaflow.management.output import Output

FORMATS = ("yaml", "json")
SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="registered saga, or a .json, .yaml or .yml file")
    parser.add_argument("--format", choices=FORMATS, help="format of the document")
    add_output(parser)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.core.definition.document import dump
    from sagaflow.management.documents import saga_of
    from sagaflow.management.terminal import json_text
    from sagaflow.sources.splice import written

    form = form_of(options, SUFFIXES, "yaml")
    saga = saga_of(options.name)
    text = written(dump(saga)) if form == "yaml" else json_text(dump(saga), indent=2)
    deliver(text, form, options, out, {"saga": saga.name, "digest": saga.digest})
