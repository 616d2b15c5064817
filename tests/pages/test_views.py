"""Saved views of the list of runs, for oneself and for a group, and the columns that a user chooses."""

from html import unescape

import pytest
from django.contrib.auth.models import Group, User

from designer.pages.columns import CHOICES, DEFAULT, MOST_ATTRIBUTES, Columns
from sagaflow.core.errors import Refused
from sagaflow.models import SavedView
from sagaflow.store import saved_views
from tests.pages.test_pages import text_of

LATE = {"name": "Late parcels", "q": "saga:page_parcel item=heavy", "sort": "updated-oldest", "columns": "saga,=item"}


def saved(client, **changes):
    return client.post("/views/", LATE | changes, follow=True)


def head_of(client, address="/"):
    """The titles of the columns."""
    page = client.get(address).content.decode()
    return [
        unescape(cell.split(">")[1].split("<")[0])
        for cell in page.split("<thead>")[1].split("</thead>")[0].split("<th")[1:]
    ]


def test_a_saved_view_shows_the_same_list_again(person, run_of):
    vera = person("view_run")
    heavy = run_of("heavy")
    run_of("book")
    shown = saved(vera)
    assert "Saved the view “Late parcels”." in text_of(shown)
    address = SavedView.objects.get().name and shown.redirect_chain[-1][0]
    page = vera.get(address)
    assert [run["id"] for run in page.context["runs"]] == [heavy]
    assert page.context["wanted"].sort.text == "updated-oldest"
    assert page.context["columns"] == Columns(("saga",), ("item",))
    assert page.context["view_name"] == "Late parcels"
    assert address in unescape(vera.get("/views/").content.decode())


def test_a_view_of_the_same_name_is_replaced(person):
    vera = person("view_run")
    saved(vera)
    assert "Replaced the view “Late parcels”." in text_of(saved(vera, q="status:parked"))
    assert SavedView.objects.get().query == "status:parked"


def test_views_are_seen_by_their_owner_or_the_members_of_their_group(person):
    vera = person("view_run", groups=["ops"])
    other = person("view_run", name="olaf", groups=["ops"])
    stranger = person("view_run", name="stan", groups=["sales"])
    saved(vera, name="Mine")
    saved(vera, name="Ours", group="ops")
    names = {
        who: [view["name"] for view in client.get("/").context["views"]]
        for who, client in {"vera": vera, "olaf": other, "stan": stranger}.items()
    }
    assert names == {"vera": ["Mine", "Ours"], "olaf": ["Ours"], "stan": []}


def test_a_user_can_neither_share_with_nor_change_what_belongs_to_a_group_of_others(person):
    vera, stan = person("view_run", groups=["ops"]), person("view_run", name="stan")
    saved(vera, group="ops")
    view = SavedView.objects.get()
    refused = saved(stan, group="ops")
    assert (refused.status_code, "a group that you are in" in text_of(refused)) == (422, True)
    for form in ({"delete": "yes"}, {"name": "Taken"}):
        assert "This view does not exist" in text_of(stan.post(f"/views/{view.pk}/", form, follow=True))
    assert SavedView.objects.get().name == "Late parcels"


def test_a_member_renames_and_deletes_a_view_of_the_group(person):
    saved(person("view_run", groups=["ops"]), group="ops")
    view, olaf = SavedView.objects.get(), person("view_run", name="olaf", groups=["ops"])
    assert "Renamed" in text_of(olaf.post(f"/views/{view.pk}/", {"name": "Slow"}, follow=True))
    assert (SavedView.objects.get().name, SavedView.objects.get().by) == ("Slow", "olaf")
    assert "Deleted the view “Slow”." in text_of(olaf.post(f"/views/{view.pk}/", {"delete": "yes"}, follow=True))
    assert not SavedView.objects.exists()


def test_a_name_that_another_view_has_is_refused(person):
    vera = person("view_run")
    saved(vera)
    saved(vera, name="Other")
    view = SavedView.objects.get(name="Other")
    assert "Choose another name" in text_of(vera.post(f"/views/{view.pk}/", {"name": "Late parcels"}, follow=True))
    assert SavedView.objects.get(pk=view.pk).name == "Other"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "  "}, "Give the view a name."),
        ({"name": "x" * 61}, "at most 60 printable characters"),
        ({"name": "a\0b"}, "printable"),
        ({"name": "\u202eevil"}, "printable"),
        ({"q": "status:nonsense"}, "nonsense"),
        ({"group": "a\0b"}, "a group that you are in"),
    ],
)
def test_what_is_not_valid_is_refused_and_what_was_typed_is_kept(person, changes, message):
    refused = saved(person("view_run"), **changes)
    assert (refused.status_code, message in text_of(refused)) == (422, True)
    assert 'value="saga,=item"' in refused.content.decode()
    assert not SavedView.objects.exists()


def test_there_are_at_most_fifty_views_of_an_owner(person, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    vera = person("view_run", groups=["ops"])
    for name in ("a", "b"):
        saved(vera, name=name)
    assert "You have 2 views" in text_of(saved(vera, name="c"))
    assert saved(vera, name="b").status_code == 200
    assert saved(vera, name="c", group="ops").status_code == 200


def test_a_view_of_a_group_stays_when_the_user_who_saved_it_is_deleted(person):
    vera = person("view_run", groups=["ops"])
    saved(vera, name="Mine")
    saved(vera, name="Ours", group="ops")
    User.objects.get(username="vera").delete()
    assert [view.name for view in SavedView.objects.all()] == ["Ours"]
    Group.objects.get(name="ops").delete()
    assert not SavedView.objects.exists()


def test_a_view_of_someone_else_cannot_be_reached_in_the_store(person):
    saved(person("view_run"))
    person("view_run", name="olaf")
    with pytest.raises(Refused):
        saved_views.delete(User.objects.get(username="olaf"), SavedView.objects.get().pk)


def test_chosen_columns_are_kept_and_can_be_reset(person, run_of):
    vera = person("view_run")
    run_of("book")
    assert head_of(vera)[1:4] == ["Saga", "Search attributes", "Step and error"]
    form = {"columns": "yes", "column": ["saga", "took", "nonsense"], "attribute": "item, colour"}
    vera.post("/preferences/", form, headers={"referer": "http://testserver/?q=item%3Dbook&columns=at&cursor=x"})
    assert head_of(vera) == ["Status", "Saga", "item", "colour", "Run", "Duration"]
    assert vera.get("/").context["runs"][0]["attributes"] == ["book", None]
    vera.post("/preferences/", {"columns": "yes", "default": "yes"})
    assert vera.get("/").context["columns"] == Columns()


def test_the_choice_of_columns_returns_to_the_same_list_without_the_columns_of_the_view(person):
    referer = "http://testserver/?q=item%3Dbook&columns=at&cursor=x"
    answer = person("view_run").post(
        "/preferences/", {"columns": "yes", "column": "saga"}, headers={"referer": referer}
    )
    assert answer["Location"] == "http://testserver/?q=item%3Dbook"


def test_a_sensitive_search_attribute_stays_masked_in_its_own_column(person, run_of):
    run_of("book", card="4111")
    page = person("view_run").get("/?columns=saga,%3Dcard")
    assert "4111" not in page.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "=",
        "=,=",
        "nonsense",
        "saga,saga",
        "=a,=a",
        "\0",
        "=" + "x" * 999,
        ",".join(f"={n}" for n in range(99)),
    ],
)
def test_any_text_is_read_as_columns_and_written_the_same_again(text):
    columns = Columns.read(text)
    assert set(columns.named) <= set(CHOICES)
    assert len(columns.attributes) <= MOST_ATTRIBUTES
    assert Columns.read(columns.text) == columns


def test_the_default_has_every_time_of_the_list():
    assert Columns.read("").named == DEFAULT
    assert Columns.read(",".join(DEFAULT)).text == ""
