"""The error pages: they need nothing that the request may lack."""

import re

from django.test import Client, override_settings
from django.urls import path

from config import urls as site


def broken(request):
    raise ZeroDivisionError("card-of-nobody")


urlpatterns = [path("broken/", broken), *site.urlpatterns]


def test_browsers_that_look_for_an_icon_find_one_even_before_the_login():
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/designer/icon.svg")


@override_settings(ROOT_URLCONF=__name__)
def test_a_page_that_breaks_says_so_without_saying_why(boss):
    boss.raise_request_exception = False
    answer = boss.get("/broken/")
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "Something went wrong" in html
    assert "card-of-nobody" not in html
    assert set(re.findall(r'(?:href|src)="([^"]+)"', html)) == {
        "/",
        "/static/designer/icon.svg",
        "/static/designer/site.css",
        "/static/designer/lists.css",
    }
