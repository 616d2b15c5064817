"""The key that signs sessions and tokens: created once, in a file that only its owner may read."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.management.utils import get_random_secret_key


def kept_in(path: Path) -> str:
    """The key in the file. If several processes start at the same time, one creates it and all of them read it."""
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as draft:  # created with mode 0600
        draft.write(get_random_secret_key())
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)
