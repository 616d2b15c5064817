"""Read the page of a run with every tab, as a user does who opens them one after the other."""

from designer.pages.run_page import TABS


def whole(client, path):
    """The answer of the page at ``/runs/<id>/?…``, followed by the tabs that it fetches when they are opened."""
    answer = client.get(path)
    address, _, query = path.partition("?")
    parts = client.get(f"{address}parts/{','.join(TABS)}/?{query}")
    assert parts.status_code == 200
    answer.content = answer.content + parts.content
    return answer
