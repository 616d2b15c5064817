"""The entrance of the pages: a session that ended and an address that only takes forms are answered in words."""

import pytest
from django.test import Client
from django.urls import reverse

FORMS = ["/design/new/", "/views/1/", "/preferences/"]


@pytest.mark.parametrize("path", FORMS)
def test_an_address_that_only_takes_forms_says_so_on_a_page(boss, path):
    answer = boss.get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing was sent" in answer.content.decode()
    assert "Open the page with the form" in answer.content.decode()


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(db):
    page = "/definitions/page_form/start/?example=1"
    answer = Client().post("/definitions/page_form/start/", headers={"referer": f"http://testserver{page}"})
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/definitions/page_form/start/%3Fexample%3D1"


@pytest.mark.parametrize(
    "referer", ["", "https://elsewhere.example/trap/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_a_form_from_nowhere_leads_to_the_runs(db, referer):
    answer = Client().post("/design/new/", headers={"referer": referer} if referer else {})
    assert answer["Location"] == f"/accounts/login/?next={reverse('designer:home')}"


def test_a_page_is_opened_after_the_login(db):
    answer = Client().get("/failures/?window=1h")
    assert answer["Location"] == "/accounts/login/?next=/failures/%3Fwindow%3D1h"
