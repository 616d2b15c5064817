"""The designer says nothing of a saga that the author of a draft may not see, except that it exists."""

import json

import pytest
from django.contrib.auth.models import Group

from sagaflow.models import Draft, Scope
from sagaflow.store import drafts, web_sagas
from sagaflow.store.drafts import NewDraft
from tests.designer.conftest import Designer
from tests.people import client_as, user_of

SECRETS = ("salary_code", "iban", "Payroll of the board")
SCHEMA = {
    "type": "object",
    "properties": {"salary_code": {"type": "integer"}, "iban": {"type": "string"}},
    "required": ["salary_code"],
}


def saga(name, team, steps, **more):
    segment = {"name": "all", "style": "orchestrated", "team": team, "steps": steps}
    return {"name": name, "segments": [segment], **more}


def starting(child, **more):
    step = {"name": "pay", "saga": child, "input": {"account": {"from": "/input/account"}}}
    return saga("mine", "red", [step], input_schema={"type": "object", "properties": {"account": {}}}, **more)


@pytest.fixture
def hidden(db):
    steps = [{"name": "pay", "action": "access_bank.pay"}]
    more = {"input_schema": SCHEMA, "sensitive": ["iban"], "title": "Payroll of the board"}
    web_sagas.publish(saga("access_secret_pay", "blue", steps, **more), after=0, note="", by="boss")


@pytest.fixture(params=["scoped", "unscoped"])
def rita(request, hidden):
    if request.param == "scoped":
        group, _ = Group.objects.get_or_create(name="reds")
        Scope.objects.create(group=group, permission="", team="red")
    return request.param, client_as(user_of("rita", "view_run", "start_run", "design_saga", groups=["reds"]))


def judged(client, child):
    """Return all that the designer says of a draft that starts ``child``."""
    line = drafts.create(NewDraft(source="new", document=starting(child)), "rita")
    draft = Designer(client, f"/design/{line.id}/")
    parts = ("state/", "inspector/?element=segments/all/steps/pay", "review/", "")
    answers = [draft.get(part) for part in parts]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.content.decode() for answer in answers)


def test_a_finding_quotes_a_sub_saga_only_to_those_who_see_it(rita):
    kind, client = rita
    said = judged(client, "access_secret_pay")
    assert [secret in said for secret in SECRETS[:1]] == [kind == "unscoped"]
    if kind == "scoped":
        assert not any(secret in said for secret in SECRETS)
        assert "access_secret_pay&#x27;, which is not registered" not in said
        assert json.dumps("access_secret_pay', which is not registered")[1:-1] not in said


def test_a_misspelt_name_proposes_only_what_its_author_may_see(rita):
    kind, client = rita
    said = judged(client, "access_secret_pai")
    assert "which is not registered" in said
    assert ("access_secret_pay" in said) is (kind == "unscoped")


def test_the_form_of_a_start_names_no_field_that_a_hidden_sub_saga_requires(rita):
    kind, client = rita
    web_sagas.publish(saga("open_pay", "red", [{"name": "pay", "saga": "access_secret_pay"}]), after=0, note="", by="x")
    form = client.get("/definitions/open_pay/start/")
    assert (form.status_code, "salary_code" in form.content.decode()) == (200, kind == "unscoped")


@pytest.mark.parametrize("about", ["[]", "nope", "null", "[[1]]", '[["a", [["x"]]]]', "[" * 100_000])
def test_a_draft_without_its_summary_is_listed_only_to_those_who_may_see_everything(rita, about):
    kind, client = rita
    line = drafts.create(NewDraft(source="new", document=starting("access_secret_pay", title="Bonus")), "boss")
    Draft.objects.filter(pk=line.id).update(about=about)  # as a dump of an earlier version, or a broken one, is loaded
    pages = [client.get(address) for address in ("/design/", "/", "/jump/?q=bonus", "/definitions/")]
    assert {page.status_code for page in pages} == {200}
    assert any("Bonus" in page.content.decode() for page in pages) is (kind == "unscoped")
