"""A query value that no database can take is not an error of the site."""

from tests.admin.conftest import OURS
from tests.records import RECORDS

CANNOT_BE = ["%00", "99999999999999999999"]
PARTS = ["year", "year=2026&{field}__month", "year=2026&{field}__month=11&{field}__day"]
DATES = {
    "run": "created_at",
    "definition": "created_at",
    "journalentry": "at",
    "rollbackrecord": "ended_at",
    "operatoract": "at",
    "outboxmessage": "created_at",
    "unmatchedevent": "received_at",
    "anchor": "at",
    "bulkrepair": "created_at",
    "actrequest": "at",
    "connection": "updated_at",
    "apitoken": "created_at",
}


def test_a_date_that_cannot_be_leads_to_the_whole_list(recorded, member):
    client = member("superuser")
    for name, field in DATES.items():
        base = f"/admin/sagaflow/{name}/"
        asked = [f"{field}__{part}={value}" for part in PARTS for value in CANNOT_BE]
        exports = [f"{base}export/csv/?{asked[0].format(field=field)}"] if name in RECORDS else []
        for address in [*(f"{base}?{query.format(field=field)}" for query in asked), *exports]:
            answer = client.get(address)
            assert (answer.status_code, answer.get("Location")) == (302, f"{base}?e=1"), address


def test_a_nul_in_a_filter_leads_to_the_whole_list(recorded, member):
    client = member("superuser")
    for name in [*OURS, "scope"]:
        for field in ("saga", "kind", "status", "scheme", "user__id__exact", "group__id__exact", "o", "p"):
            answer = client.get(f"/admin/sagaflow/{name}/?{field}=a%00b")
            assert (answer.status_code, answer.get("Location")) == (302, f"/admin/sagaflow/{name}/?e=1"), (name, field)


def test_no_row_has_a_nul_in_its_key(recorded, member):
    client = member("superuser")
    for name in [*OURS, "scope"]:
        for page in ("change", "history", "delete"):
            answer = client.get(f"/admin/sagaflow/{name}/%00/{page}/")
            assert answer.status_code in (302, 403), (name, page)
