"""Every page has a title of its own, so that tabs, history and bookmarks can be told apart."""

import re
from html import unescape

from tests.pages.conftest import PARCEL


def test_no_two_pages_have_the_same_title(boss, run_of):
    runs = [run_of(item) for item in ("heavy", "heavy", "book")]
    paths = ["/", "/?status=stuck", "/failures/", "/repairs/", "/definitions/", "/admin/"]
    paths += [f"/runs/{run}/" for run in runs]
    paths += [f"/runs/{runs[0]}/repair/{verb}/?step=ship" for verb in ("retry", "skip")]
    saga = "/definitions/page_parcel/"
    paths += [saga, f"{saga}?tab=versions", f"{saga}start/", f"{saga}simulation/"]
    paths += [f"{saga}{PARCEL.digest}/to/{PARCEL.digest}/", f"/admin/sagaflow/run/{runs[0]}/report/"]
    titles = {}
    for path in paths:
        answer = boss.get(path)
        title = re.search(r"<title>(.*?)</title>", answer.content.decode(), re.DOTALL)
        assert title, path
        titles.setdefault(unescape(" ".join(title[1].split())), []).append(path)
    shared = {title: found for title, found in titles.items() if len(found) > 1}
    assert shared == {}
    assert all("Sagaflow" in title for title in titles)
