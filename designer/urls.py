"""The addresses of the pages."""

from django.urls import path

from designer.views.bulk import bulk, bulk_new, bulk_part, bulk_stop, repairs_list
from designer.views.definitions import definition, definitions
from designer.views.failures import failures
from designer.views.home import home
from designer.views.repair import repair
from designer.views.run import run, run_parts
from designer.views.simulation import simulation
from designer.views.start import start
from designer.views.versions import difference

app_name = "designer"

urlpatterns = [
    path("", home, name="home"),
    path("runs/<uuid:run_id>/", run, name="run"),
    path("runs/<uuid:run_id>/parts/<str:names>/", run_parts, name="run_parts"),
    path("runs/<uuid:run_id>/repair/<slug:verb>/", repair, name="repair"),
    path("failures/", failures, name="failures"),
    path("repairs/", repairs_list, name="repairs"),
    path("repairs/new/", bulk_new, name="bulk_new"),
    path("repairs/<uuid:repair_id>/", bulk, name="bulk"),
    path("repairs/<uuid:repair_id>/progress/", bulk_part, name="bulk_part"),
    path("repairs/<uuid:repair_id>/stop/", bulk_stop, name="bulk_stop"),
    path("definitions/", definitions, name="definitions"),
    path("definitions/<slug:name>/", definition, name="definition"),
    path("definitions/<slug:name>/start/", start, name="start"),
    path("definitions/<slug:name>/simulation/", simulation, name="simulation"),
    path("definitions/<slug:name>/<slug:digest>/", definition, name="version"),
    path("definitions/<slug:name>/<slug:digest>/simulation/", simulation, name="simulation_of"),
    path("definitions/<slug:name>/<slug:old>/to/<slug:new>/", difference, name="difference"),
]
