"""The audit views in the Django admin, in a real browser: axe-core finds no breach of WCAG 2.2 AA."""

import pytest

from tests.browser.test_accessible import LOOKS, WCAG, findings


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_axe_finds_nothing_on_lists_and_records(site, visitor, axe, look):
    with site.up():
        site.ends(site.start("metropolis"), "rolled_back")
        page = visitor(site.url, **LOOKS[look]).visit("/admin/sagaflow/")
        lists = page.locator("#content-main th a[href^='/admin/sagaflow/']").evaluate_all("all => all.map(a => a.href)")
        lists = [address for address in lists if address != page.url]  # the page belongs to Django
        found = {}
        for address in lists:
            page.goto(address)
            found[address] = findings(page, axe, rules=WCAG)
            records = page.locator("#result_list tbody th a").evaluate_all("all => all.map(a => a.href)")
            # A long document is cut. What follows the cut shows on the longest definitions only, so open all of them.
            for record in records if "/definition/" in address else records[:1]:
                page.goto(record)
                found[record] = findings(page, axe, rules=WCAG)
        assert len(found) > len(lists) > 8
        assert {address: said for address, said in found.items() if said} == {}
