"""Move a definition from Python code to a file in the folder `sagas` of its app, with the same digest.

The command writes the file. Remove the definition from the code afterwards: until then, `manage.py check` reports both
sources with sagaflow.E010, and the code is used. --to names another file. A file that exists is never overwritten.

Examples:
  manage.py sagaflow adopt order-fulfilment
  manage.py sagaflow adopt order-fulfilment --to shop/sagas/order.yaml
"""

import argparse
from pathlib import Path

from sagaflow.management.output import CommandFailed, Exit, Output, escape


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="saga that is registered in Python code")
    parser.add_argument("--to", metavar="FILE", default="", help="write to this .yaml file")


def handle(options: argparse.Namespace, out: Output) -> None:
    from sagaflow import registry
    from sagaflow.core.definition.document import digest, dump, load
    from sagaflow.sources import saga_files
    from sagaflow.sources.splice import written

    saga, source = registry.get_saga(options.name), registry.source_of(options.name)
    if source.path:
        raise CommandFailed(f"The saga '{saga.name}' is in the file '{source}' already.", Exit.REFUSED)
    path = Path(options.to) if options.to else _default(saga.name, source.module)
    text = written(dump(saga))
    if digest(load(saga_files.parse(path.name, text))) != saga.digest:
        raise CommandFailed(f"The saga '{saga.name}' cannot be written as YAML without a change; keep it in the code.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        saga_files.replace(path, None, text.encode())
    except OSError as error:
        raise CommandFailed(f"The file '{path}' cannot be written: {error.strerror}.") from error
    except saga_files.FileChanged as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    out.answer(
        {"saga": saga.name, "digest": saga.digest, "file": str(path)},
        lambda: out.say(
            escape(f"Wrote '{path}'. Remove the saga '{saga.name}' from {source}, then run `manage.py check`.")
        ),
    )


def _default(name: str, module: str) -> Path:
    """Return the file in the folder ``sagas`` next to the module that registers the saga."""
    import sys

    from sagaflow.sources import saga_files

    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None:
        raise CommandFailed(f"The module of the saga '{name}' is not a file; name a file with --to.", Exit.USAGE)
    return Path(place).parent / saga_files.FOLDER / f"{name}.yaml"
