"""The packages that the locks pin, and the licence that each installed one declares."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

__all__ = ["ALLOWED", "LOCKS", "Package", "locked", "refused"]

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
ALLOWED = (
    *("MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "ZPL", "Zope Public", "0BSD", "Unlicense"),
    *("LGPL", "Lesser General Public", "MPL", "Mozilla Public", "CC0"),
)
"""Words of the licences that lay no duty on this software. Packages under LGPL and MPL are used as they are."""
FORBIDDEN = re.compile(r"\b(A?GPL|Affero|GNU General Public|SSPL|Commons Clause|Business Source)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned package; ``licence`` is empty if it is not installed here."""

    name: str
    version: str
    licence: str

    @property
    def is_allowed(self) -> bool:
        """True if one of the declared licences is allowed, or the package is for another platform."""
        return not self.licence or (_has_allowed(self.licence) and not _only_forbidden(self.licence))


def locked(*locks: str) -> list[Package]:
    """Return the packages of the locks, by name."""
    texts = [(ROOT / lock).read_text() for lock in locks or LOCKS]
    pins = sorted({(name.lower(), version) for text in texts for name, version in PIN.findall(text)})
    return [Package(name, version, _licence(name)) for name, version in pins]


def refused() -> list[Package]:
    """Return the packages whose licence is not in the list of allowed ones."""
    return [package for package in locked() if not package.is_allowed]


def _licence(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ""
    classifiers = [text.rpartition(" :: ")[2] for text in told.get_all("Classifier") or () if "License ::" in text]
    stated = told.get("License-Expression") or "; ".join(classifiers) or (told.get("License") or "").partition("\n")[0]
    return stated or "unknown"


def _has_allowed(licence: str) -> bool:
    return any(word.casefold() in licence.casefold() for word in ALLOWED)


def _only_forbidden(licence: str) -> bool:
    return bool(FORBIDDEN.search(licence.replace("LGPL", ""))) and " OR " not in licence and ";" not in licence
