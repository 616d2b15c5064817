"""The addresses of the pages. Each leads a stranger to the login, also where the project has no middleware for it."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path

from designer.pages.approvals import approvals
from designer.pages.attention import attention
from designer.pages.bulk import bulk, bulk_new, bulk_part, bulk_stop, repairs_list
from designer.pages.completion import completion
from designer.pages.definitions import definition
from designer.pages.design import (
    design_as,
    design_discard,
    design_open,
    design_page,
    design_publish,
    design_rebase,
    design_restore,
    design_review,
    design_versions,
    design_write,
)
from designer.pages.design_edits import design_code, design_edit, design_redo, design_state, design_undo
from designer.pages.design_list import design_list, design_new
from designer.pages.design_parts import (
    definition_film,
    design_actions,
    design_consequence,
    design_failures,
    design_film,
    design_ghost,
    design_grammar,
    design_inspector,
    design_places,
)
from designer.pages.design_reshape import design_extract, design_inline, design_replace
from designer.pages.door import entered
from designer.pages.failures import failures
from designer.pages.flowcharts import definition_flowchart, run_flowchart
from designer.pages.home import home
from designer.pages.palette import palette
from designer.pages.preferences import preferences
from designer.pages.repair import repair
from designer.pages.run import run, run_parts
from designer.pages.sagas import definitions
from designer.pages.second_person import request_page
from designer.pages.simulation import simulation
from designer.pages.start import start
from designer.pages.tour import tour
from designer.pages.values import run_value
from designer.pages.versions import difference
from designer.pages.views import view, views

app_name = "designer"

PAGES: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
    ("", home, "home"),
    ("runs/complete/", completion, "completion"),
    ("views/", views, "views"),
    ("views/<int:view_id>/", view, "view"),
    ("runs/<uuid:run_id>/", run, "run"),
    ("runs/<uuid:run_id>/parts/<str:names>/", run_parts, "run_parts"),
    ("runs/<uuid:run_id>/as/<slug:form>/", run_flowchart, "run_flowchart"),
    ("runs/<uuid:run_id>/values/", run_value, "run_value"),
    ("runs/<uuid:run_id>/repair/<slug:verb>/", repair, "repair"),
    ("approvals/", approvals, "approvals"),
    ("requests/<uuid:request_id>/", request_page, "request"),
    ("failures/", failures, "failures"),
    ("repairs/", repairs_list, "repairs"),
    ("repairs/new/", bulk_new, "bulk_new"),
    ("repairs/<uuid:repair_id>/", bulk, "bulk"),
    ("repairs/<uuid:repair_id>/progress/", bulk_part, "bulk_part"),
    ("repairs/<uuid:repair_id>/stop/", bulk_stop, "bulk_stop"),
    ("attention/", attention, "attention"),
    ("jump/", palette, "jump"),
    ("preferences/", preferences, "preferences"),
    ("design/", design_list, "design_list"),
    ("design/new/", design_new, "design_new"),
    ("design/tour/", tour, "tour"),
    ("design/<uuid:draft_id>/", design_page, "design_page"),
    ("design/<uuid:draft_id>/discard/", design_discard, "design_discard"),
    ("design/<uuid:draft_id>/as/<slug:kind>/", design_as, "design_as"),
    ("design/<uuid:draft_id>/extract/", design_extract, "design_extract"),
    ("design/<uuid:draft_id>/inline/", design_inline, "design_inline"),
    ("design/<uuid:draft_id>/replace/", design_replace, "design_replace"),
    ("design/<uuid:draft_id>/review/", design_review, "design_review"),
    ("design/<uuid:draft_id>/rebase/", design_rebase, "design_rebase"),
    ("design/<uuid:draft_id>/write/", design_write, "design_write"),
    ("design/<uuid:draft_id>/publish/", design_publish, "design_publish"),
    ("definitions/", definitions, "definitions"),
    ("definitions/<slug:name>/", definition, "definition"),
    ("definitions/<slug:name>/design/", design_open, "design_open"),
    ("definitions/<slug:name>/published/", design_versions, "design_versions"),
    ("definitions/<slug:name>/restore/<int:number>/", design_restore, "design_restore"),
    ("definitions/<slug:name>/start/", start, "start"),
    ("definitions/<slug:name>/simulation/", simulation, "simulation"),
    ("definitions/<slug:name>/<slug:digest>/", definition, "version"),
    ("definitions/<slug:name>/<slug:digest>/simulation/", simulation, "simulation_of"),
    ("definitions/<slug:name>/<slug:digest>/as/<slug:form>/", definition_flowchart, "definition_flowchart"),
    ("definitions/<slug:name>/<slug:old>/to/<slug:new>/", difference, "difference"),
]
"""Route, view and name."""

ANSWERS: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
    ("design/<uuid:draft_id>/state/", design_state, "design_state"),
    ("design/<uuid:draft_id>/edit/", design_edit, "design_edit"),
    ("design/<uuid:draft_id>/undo/", design_undo, "design_undo"),
    ("design/<uuid:draft_id>/redo/", design_redo, "design_redo"),
    ("design/<uuid:draft_id>/code/", design_code, "design_code"),
    ("design/<uuid:draft_id>/places/", design_places, "design_places"),
    ("design/<uuid:draft_id>/inspector/", design_inspector, "design_inspector"),
    ("design/<uuid:draft_id>/actions/", design_actions, "design_actions"),
    ("design/<uuid:draft_id>/grammar/", design_grammar, "design_grammar"),
    ("design/<uuid:draft_id>/consequence/", design_consequence, "design_consequence"),
    ("design/<uuid:draft_id>/failures/", design_failures, "design_failures"),
    ("design/<uuid:draft_id>/film/", design_film, "design_film"),
    ("design/<uuid:draft_id>/ghost/", design_ghost, "design_ghost"),
    ("definitions/<slug:name>/<slug:digest>/film/", definition_film, "definition_film"),
]
"""The addresses that scripts of a page request. A stranger gets a reason as JSON, because a script cannot log in."""

urlpatterns = [
    *(path(route, entered(view), name=name) for route, view, name in PAGES),
    *(path(route, view, name=name) for route, view, name in ANSWERS),
]
