"""``python -m tests.supply sbom|licences|audit``: what `make sbom`, `make licences` and `make audit` run."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.supply.packages import Package, locked, refused

ADVISORIES = "https://api.osv.dev/v1/querybatch"
SECONDS = 20
NOT_CHECKED = 3
"""The exit code if the advisory database did not answer."""
Ask = Callable[[dict[str, Any]], dict[str, Any]]


def sbom() -> dict[str, Any]:
    """Return the list of the packages that the site runs on, in the form of CycloneDX 1.5."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "framework", "name": "sagaflow", "bom-ref": "sagaflow"}},
        "components": [_component(package) for package in locked("requirements.txt")],
    }


def licences() -> int:
    """Print each package with its licence; return 1 if one is not allowed."""
    for package in locked():
        print(f"{package.name} {package.version}: {package.licence or 'not installed on this platform'}")
    for package in refused():
        print(f"Not allowed: {package.name} {package.version} ({package.licence}). Replace it, or allow the licence.")
    return 1 if refused() else 0


def audit(ask: Ask) -> int:
    """Compare the locks with the advisory database. Return 1 for a known vulnerability, 3 if nothing was checked."""
    packages = locked()
    queries = [{"package": {"name": each.name, "ecosystem": "PyPI"}, "version": each.version} for each in packages]
    try:
        answers = ask({"queries": queries})["results"]
    except (OSError, ValueError, KeyError) as error:
        print(f"NOT CHECKED: {ADVISORIES} did not answer ({error}). Nothing is known about {len(packages)} packages.")
        return NOT_CHECKED
    found = [
        (each, known["id"]) for each, said in zip(packages, answers, strict=True) for known in said.get("vulns", ())
    ]
    for package, identifier in found:
        print(f"{package.name} {package.version}: {identifier}, see https://osv.dev/vulnerability/{identifier}")
    print(f"Checked {len(packages)} packages: {len(found)} known vulnerabilities.")
    return 1 if found else 0


def ask_advisories(queries: dict[str, Any]) -> dict[str, Any]:
    """Send the queries over the network."""
    body = json.dumps(queries).encode()
    request = urllib.request.Request(ADVISORIES, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return dict(json.load(answer))


def _component(package: Package) -> dict[str, Any]:
    address = f"pkg:pypi/{package.name}@{package.version}"
    licence = [{"license": {"name": package.licence}}] if package.licence else []
    return {
        "type": "library",
        "name": package.name,
        "version": package.version,
        "purl": address,
        "bom-ref": address,
        "licenses": licence,
    }


def main(task: str) -> int:
    """Do the task; return the exit code."""
    match task:
        case "sbom":
            print(json.dumps(sbom(), indent=2))
            return 0
        case "licences":
            return licences()
        case _:
            return audit(ask_advisories)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
