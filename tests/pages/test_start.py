"""Starting a run from the form that is generated from its schema."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.contrib.auth.models import Group, User

from sagaflow import engine, registry
from sagaflow.core.definition.input_mapping import pick
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.models import Run, Scope

CANARY = "</script><img src=x onerror=alert(1)>"
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 20, "title": "Full name", "description": "as printed"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "price": {"type": "number"},
        "gift": {"type": "boolean"},
        "size": {"enum": ["S", "M", 44]},
        "day": {"type": "string", "format": "date"},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "notes": {"type": "string", "maxLength": 2000, "default": "none"},
    },
    "required": ["name", "count", "address"],
    "additionalProperties": False,
}
FORM = Saga(
    "page_form",
    (orchestrated("main", Step("fetch", "page_shelf.fetch")),),
    input_schema=SCHEMA,
    sensitive=("city", "price"),
)
GOOD = {"in.name": "Ada", "in.count": "2", "in.address": '{"city": "London"}'}


@pytest.fixture(autouse=True)
def registered(known):
    registry.register(FORM)


@pytest.fixture
def starter(person):
    return person("start_run", "view_run")


def send(client, **given):
    path = "/definitions/page_form/start/"
    run_id = re.search(r'name="run_id" value="([^"]+)"', client.get(path).content.decode()).group(1)
    return client.post(path, {"run_id": run_id} | GOOD | given)


def test_without_a_schema_the_form_names_the_fields_that_steps_read(starter):
    fields = {"who": pick("/input/customer"), "price": pick("/input/order/total"), "label": pick("/steps/fetch/label")}
    steps = (Step("fetch", "page_shelf.fetch"), Step("send", "page_shelf.fetch", input=fields))
    registry.register(Saga("page_reads", (orchestrated("main", *steps),)))
    page = unescape(starter.get("/definitions/page_reads/start/").content.decode())
    assert 'The whole input as JSON. The saga reads {"customer": …, "order": …}.' in page
    registry.register(Saga("page_reads_nothing", (orchestrated("main", steps[0]),)))
    assert "The saga reads" not in starter.get("/definitions/page_reads_nothing/start/").content.decode()


def test_every_property_has_a_field_of_its_kind(starter):
    html = starter.get("/definitions/page_form/start/").content.decode()
    for kind, name in [("text", "name"), ("number", "count"), ("number", "price"), ("date", "day")]:
        assert re.search(rf'<input id="field-\d" name="in.{name}" type="{kind}"', html), name
    for tag, name in [("select", "gift"), ("select", "size"), ("textarea", "address"), ("textarea", "notes")]:
        assert re.search(rf'<{tag} id="field-\d" name="in.{name}"', html), name
    assert 'minlength="2"' in html
    assert 'max="9"' in html
    assert '<option value="44">44</option>' in html
    assert '<option value="&quot;S&quot;">S</option>' in html
    assert ">none</textarea>" in html
    assert "as printed" in html


def test_what_is_typed_becomes_the_input_and_what_is_empty_gets_its_default(starter):
    more = {"in.price": "2.5", "in.gift": "false", "in.size": "44", "in.day": "2026-03-01"}
    answer = send(starter, **more)
    assert answer.status_code == 302
    _, state = engine.state(answer["Location"].split("/")[2])
    assert state.input == {
        "name": "Ada",
        "count": 2,
        "price": 2.5,
        "gift": False,
        "size": 44,
        "day": "2026-03-01",
        "address": {"city": "London"},
        "notes": "none",
    }
    assert Run.objects.get().by == "vera"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"in.name": ""}, "It is required."),
        ({"in.name": "A"}, "too short"),
        ({"in.count": "many"}, "is not a number; write for example 42"),
        ({"in.count": "10"}, "greater than the maximum"),
        ({"in.count": "1.5"}, "is not of type"),
        ({"in.count": "true"}, "is not a number"),
        ({"in.address": "{"}, "is not JSON"),
        ({"in.address": "{}"}, "&#x27;city&#x27; is a required property"),
        ({"in.size": '"XXL"'}, "is not one of"),
        ({"in.size": "nonsense"}, "is not JSON"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(starter, given, said):
    answer = send(starter, **given)
    html = answer.content.decode()
    assert answer.status_code == 422
    [key] = given
    field = html[html.index(f'name="{key}"') - 700 : html.index(f'name="{key}"') + 300]
    assert said in field
    assert 'aria-invalid="true"' in field
    assert 'value="Ada"' in html or key == "in.name"
    assert not Run.objects.exists()


def test_spaces_are_a_text_as_over_the_api_but_not_where_one_is_required(starter):
    answer = send(starter, **{"in.notes": "  "})
    _, state = engine.state(answer["Location"].split("/")[2])
    assert state.input["notes"] == "  "
    assert "It has only spaces; enter a value." in send(starter, **{"in.name": "   "}).content.decode()


def test_each_fault_is_told_once(starter):
    html = send(starter, **dict.fromkeys(GOOD, "")).content.decode().split('<form class="card')[1]
    assert html.count("It is required.") == 3


def test_a_form_that_is_sent_twice_starts_one_run(starter):
    page = starter.get("/definitions/page_form/start/").content.decode()
    given = {"run_id": re.search(r'name="run_id" value="([^"]+)"', page).group(1)} | GOOD
    first, second = (starter.post("/definitions/page_form/start/", given) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1
    other = starter.post("/definitions/page_form/start/", given | {"in.name": "Bob"})
    assert (other.status_code, Run.objects.count()) == (409, 1)


@pytest.mark.parametrize("run_id", ["", "nonsense"])
def test_the_id_of_the_form_may_be_missing_but_not_wrong(starter, run_id):
    answer = starter.post("/definitions/page_form/start/", {"run_id": run_id} | GOOD)
    assert answer.status_code == (409 if run_id else 302)


def test_one_like_this_is_filled_in_and_what_may_not_be_seen_is_left_empty(person, starter):
    run_id = send(starter, **{"in.price": "7"})["Location"].split("/")[2]
    path = f"/definitions/page_form/start/?like={run_id}"
    html = starter.get(path).content.decode()
    assert 'value="Ada"' in html
    assert "London" not in html
    assert 'value="7"' not in html
    assert html.count("This field is empty because it is sensitive.") == 2
    assert "•••" not in html
    open_ = person("start_run", "view_run", "view_sensitive").get(path).content.decode()
    assert "London" in open_
    assert 'value="7' in open_
    assert run_id not in person("start_run").get(path).content.decode()


def test_a_run_leads_to_the_form_that_starts_one_like_it(starter, person):
    run_id = send(starter)["Location"].split("/")[2]
    link = f'href="/definitions/page_form/start/?like={run_id}"'
    assert link in person("view_run", "start_run").get(f"/runs/{run_id}/").content.decode()
    assert link not in person("view_run").get(f"/runs/{run_id}/").content.decode()


@pytest.mark.parametrize("like", ["nonsense", "00000000-0000-0000-0000-000000000001"])
def test_one_like_nothing_is_not_found(starter, like):
    assert starter.get(f"/definitions/page_form/start/?like={like}").status_code == 404


def test_a_run_of_another_saga_is_no_model(starter, run_of):
    assert starter.get(f"/definitions/page_form/start/?like={run_of()}").status_code == 404


def test_a_saga_without_a_schema_takes_its_whole_input_as_json(starter, person):
    path = "/definitions/page_parcel/start/"
    assert starter.post(path, {"in.": "{"}).status_code == 422
    answer = starter.post(path, {"in.": '{"item": "book", "card": "secret-card"}'})
    run_id = answer["Location"].split("/")[2]
    assert engine.state(run_id)[1].input == {"item": "book", "card": "secret-card"}
    html = starter.get(f"{path}?like={run_id}").content.decode()
    assert "book" in html
    assert "secret-card" not in html


def test_scopes_narrow_what_a_person_may_start(starter):
    group = Group.objects.create(name="starters")
    User.objects.get(username="vera").groups.add(group)
    Scope.objects.create(group=group, saga="other", permission="start_run")
    assert starter.get("/definitions/page_form/start/").status_code == 403
    assert "/definitions/page_form/start/" not in starter.get("/definitions/page_form/").content.decode()
    Scope.objects.create(group=group, saga="page_form", permission="start_run")
    assert starter.get("/definitions/page_form/start/").status_code == 200


def test_what_people_type_is_shown_as_text(starter):
    answer = send(starter, **{f"in.{name}": CANARY for name in SCHEMA["properties"]})
    assert answer.status_code == 422
    assert "<img src=x" not in answer.content.decode()


def test_labels_of_the_schema_are_shown_as_text(starter):
    schema = {"type": "object", "properties": {CANARY: {"title": CANARY, "description": CANARY, "enum": [CANARY]}}}
    registry.register(Saga("page_canary", FORM.segments, title=CANARY, input_schema=schema))
    for path in ("/definitions/page_canary/start/", "/definitions/page_canary/", "/definitions/"):
        html = starter.get(path).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


def example_of(client, path="/definitions/page_form/start/?example=0"):
    html = client.get(path).content.decode()
    return {name: re.search(rf'name="in.{name}"[^>]* value="([^"]*)"', html).group(1) for name in ("name", "mail")}


def marked(segments=FORM.segments, longest=20):
    text = {"type": "string", "maxLength": longest, "x-new": True}
    schema = {
        "type": "object",
        "properties": {"name": text, "mail": {**text, "maxLength": 40}, "count": {"type": "integer"}},
        "examples": [{"name": "S-101", "mail": "ada@example.org", "count": 1}],
    }
    changes = {"segments": segments, "input_schema": schema, "search": {"order": "/name"}}
    registry.register(replace(FORM, **changes), replace=True)


def test_an_example_can_be_started_again_because_what_must_be_new_gets_another_ending(starter):
    marked()
    first = example_of(starter)
    assert first["name"] == "S-101"  # no run has it
    assert re.fullmatch(r"ada\+[2-9a-z]{4}@example.org", first["mail"])  # it cannot be searched
    started = starter.post("/definitions/page_form/start/", {"in.name": first["name"], "in.count": "1"})
    again = example_of(starter)
    assert re.fullmatch("S-101-[2-9a-z]{4}", again["name"])
    assert example_of(starter)["name"] != again["name"]
    like = started["Location"].split("/")[2]
    html = starter.get(f"/definitions/page_form/start/?like={like}").content.decode()
    assert 'value="S-101"' in html
    assert "The earlier run has used this value: change it if it must be new." in html


def test_an_example_tells_nothing_about_runs_that_the_user_may_not_see(starter):
    marked()
    engine.start("page_form", {"name": "S-101", "mail": "eve@example.org", "count": 1})
    assert example_of(starter)["name"] != "S-101"
    group = Group.objects.create(name="elsewhere")
    Scope.objects.create(group=group, team="elsewhere")
    User.objects.get().groups.add(group)
    marked(segments=(replace(FORM.segments[0], team="elsewhere"),))
    assert example_of(starter)["name"] == "S-101"  # the run is of a version that belongs to another team


def test_a_new_ending_that_does_not_fit_is_left_out(starter):
    marked(longest=9)
    engine.start("page_form", {"name": "S-101", "mail": "eve@example.org", "count": 1})
    assert example_of(starter)["name"] == "S-101"


def test_the_form_offers_the_examples_of_the_schema(starter):
    registry.register(replace(FORM, name="page_offer", input_schema={**SCHEMA, "examples": [{"name": "Grace"}]}))
    html = starter.get("/definitions/page_offer/start/").content.decode()
    offered = re.search(r'<a [^>]*href="([?]example=0)"[^>]*>([^<]*)</a>', html)
    assert offered.group(2) == "Grace"
    filled = starter.get(f"/definitions/page_offer/start/{offered.group(1)}").content.decode()
    assert re.search(r'name="in.name" type="text" value="Grace"', filled)


def test_an_example_has_the_words_of_the_schema_and_the_form_says_which_one_it_shows(starter):
    titles = {"examples": [{"name": "Grace"}, {"name": "Ben"}, {"name": "Eve"}], "x-example-titles": ["Ends well", ""]}
    registry.register(replace(FORM, name="page_offer", input_schema={**SCHEMA, **titles}))
    html = starter.get("/definitions/page_offer/start/?example=1").content.decode()
    offered = re.findall(r'href="[?]example=\d" title="(\w+)"( aria-current="true")?>(.*?)</a>', html)
    assert offered == [("Grace", "", "Ends well"), ("Ben", ' aria-current="true"', "Ben"), ("Eve", "", "Eve")]
    assert "Ends well</a>" in starter.get("/").content.decode()


@pytest.mark.parametrize("titles", [None, "Ends well", {"a": 1}, [{"x": 1}], ["one", "two", "three"]])
def test_odd_titles_of_examples_break_no_page(starter, titles):
    odd = {**SCHEMA, "examples": [{"name": "Grace"}], "x-example-titles": titles}
    registry.register(replace(FORM, name="page_offer", input_schema=odd))
    html = starter.get("/definitions/page_offer/start/").content.decode()
    assert html.count('href="?example=') == 1


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"description": "The date.", "examples": ["2026-01-31", "2026-02-28"]}, "The date. For example: 2026-01-31<"),
        ({"type": "integer", "examples": [42]}, "For example: 42<"),
        ({"examples": [], "description": "The date."}, "The date.<"),
    ],
)
def test_a_field_shows_its_description_and_the_first_of_its_examples(starter, rule, says):
    registry.register(replace(FORM, input_schema={"type": "object", "properties": {"day": rule}}), replace=True)
    assert says in starter.get("/definitions/page_form/start/").content.decode()


def test_a_field_says_that_it_is_required_or_optional(starter):
    html = starter.get("/definitions/page_form/start/").content.decode()
    required = re.findall(r'<label for="field-\d" class="is-required">([\w ]+)\b', html)
    assert required == ["Full name", "Count", "Address"]
    assert html.count("(optional)") == len(SCHEMA["properties"]) - len(required)


def test_sagas_to_start_stand_in_the_order_of_the_apps_and_the_empty_list_offers_the_first(starter):
    examples = {**SCHEMA, "examples": [{"name": "Grace"}], "x-example-titles": ["Ends well"]}
    registry._sagas.clear()
    for name in ("page_zebra", "page_ape"):
        registry.register(replace(FORM, name=name, title=name, input_schema=examples))
    html = starter.get("/").content.decode()
    menu = html[html.index('aria-label="Sagas"') : html.index("run-search")]
    assert re.findall(r'title="(page_\w+)"', menu) == ["page_zebra", "page_ape"]
    empty = html[html.index("No runs yet") :]
    assert re.findall(r'href="/definitions/(\w+)/start/[?]example=0"[^>]*>(.*?)</a>', empty) == [
        ("page_zebra", "Ends well")
    ]
    assert "<code" not in menu
    registry.register(replace(FORM, name="page_twin", title="page_ape", input_schema=examples))
    html = starter.get("/").content.decode()
    assert '<code class="muted">page_twin</code>' in html
