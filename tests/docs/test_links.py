"""Every link inside the repository leads somewhere, and every page can be reached from the README."""

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, links

pytestmark = pytest.mark.quick


def inside(page):
    return [target for target in links(page.read_text()) if "://" not in target and not target.startswith("mailto:")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in inside(page):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(place.read_text()), f"{page.name}: {target}"


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in inside(page)]
    assert {page.name for page in PAGES} - {page.name for page in reached} == set()
