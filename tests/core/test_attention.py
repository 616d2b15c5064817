"""The reasons for attention are one list, from which every surface derives its own."""

import pytest

from designer.templatetags import pages
from sagaflow.admin.formats import OUTCOMES
from sagaflow.core.run.attention import Attention
from sagaflow.management.terminal import COLORS

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("table", [pages.REASONS, OUTCOMES, COLORS], ids=["pages", "admin", "command line"])
def test_every_reason_has_its_look_on_every_surface(table):
    assert [reason for reason in Attention if reason.value not in table] == []


def test_the_pages_know_no_reason_that_is_not_in_the_list():
    assert set(pages.REASONS) == set(Attention)
