"""Write a registered definition as a document in YAML or JSON.

--format names the format; without it, the suffix of the file does (.yaml, .yml, .json), and the default is yaml. The
document has the same digest as the definition.

Examples:
  manage.py sagaflow export order-fulfilment
  manage.py sagaflow export order-fulfilment -o order.json
"""

import argparse

from sagaflow.management.files import add_document_output, deliver_document
from sagaflow.management.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="registered saga, or a .json, .yaml or .yml file")
    add_document_output(parser)


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow.core.definition.document import dump
    from sagaflow.management.documents import saga_of

    saga = saga_of(options.name)
    deliver_document(dump(saga), options, out, {"saga": saga.name, "digest": saga.digest})
