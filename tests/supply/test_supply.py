"""The licences of all packages are allowed, the list for others is complete, and the audit is honest."""

import pytest

from tests.supply.__main__ import NOT_CHECKED, audit, sbom
from tests.supply.packages import Package, locked, refused

pytestmark = pytest.mark.quick


def test_every_package_has_an_allowed_licence():
    assert refused() == []
    assert len(locked()) > 50


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v3 (GPLv3)", "unknown"])
def test_a_licence_with_a_duty_for_this_software_is_refused(licence):
    assert not Package("x", "1", licence).is_allowed


@pytest.mark.parametrize("licence", ["MIT", "BSD-3-Clause", "LGPL-3.0-or-later", "Apache-2.0 OR GPL-2.0", "MPL-2.0"])
def test_a_licence_without_one_is_allowed(licence):
    assert Package("x", "1", licence).is_allowed


def test_the_list_for_others_names_every_package_of_the_lock():
    document = sbom()
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert {part["name"] for part in document["components"]} == {each.name for each in locked("requirements.txt")}
    assert all(part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}" for part in document["components"])


def test_the_audit_says_what_it_found_and_what_it_could_not_ask(capsys):
    def refuses(_):
        raise OSError("no route")

    assert audit(refuses) == NOT_CHECKED
    assert "NOT CHECKED" in capsys.readouterr().out
    assert audit(lambda asked: {"results": [{} for _ in asked["queries"]]}) == 0
    assert audit(lambda asked: {"results": [{"vulns": [{"id": "GHSA-1"}]}, *[{} for _ in asked["queries"][1:]]]}) == 1
    assert "GHSA-1" in capsys.readouterr().out
