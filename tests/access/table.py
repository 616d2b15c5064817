"""The table of access: a line per address and method, and a column per role (see ``world.ROLES``).

``in``: let in, with any outcome; ``login``: redirected to the login; a number: that status; ``home``: redirected to the
first page of the admin, as for a row that does not exist. Every address is about parcels where it can be. A method
without a line lets no role in. ``BOTH``: GET and POST. In the admin, one line covers all records, one covers what
administrators create, one covers people and one covers the examples (see ``addresses.family``).

An address that is not in the table makes the matrix fail: add who may open it.
"""

from tests.access.world import ROLES

__all__ = ["OUTCOMES", "SOCKETS"]

TABLE = """
     ROUTE                                  anon  none  view  else  oper  watch  clerk  audit  branch  root  prog  slim  shy

BOTH accounts/login/                        in    in    in    in    in    in     in     in     in      in    in    in    in
BOTH favicon.ico                            in    in    in    in    in    in     in     in     in      in    in    in    in
POST accounts/logout/                       login in    in    in    in    in     in     in     in      in    login login login
GET  healthz/                               in    in    in    in    in    in     in     in     in      in    in    in    in
GET  readyz/                                in    in    in    in    in    in     in     in     in      in    in    in    in

GET  (home)                                 login 403   in    in    in    in     403    in     in      in    login login login
GET  runs/complete/                         login 403   in    in    in    in     403    in     in      in    login login login
BOTH views/                                 login 403   in    in    in    in     403    in     in      in    login login login
POST views/<view_id>/                       login 403   in    in    in    in     403    in     in      in    login login login
GET  runs/<run_id>/                         login 403   in    404   in    in     403    in     404     in    login login login
GET  runs/<run_id>/parts/<names>/           login 403   in    404   in    in     403    in     404     in    login login login
GET  runs/<run_id>/as/<form>/               login 403   in    404   in    in     403    in     404     in    login login login
GET  runs/<run_id>/values/                  login 403   in    404   in    in     403    in     404     in    login login login
BOTH runs/<run_id>/repair/<verb>/           login 403   403   404   in    403    403    403    404     in    login login login
GET  approvals/                             login 403   403   in    in    in     403    403    403     in    login login login
GET  failures/                              login 403   in    in    in    in     403    in     in      in    login login login
GET  requests/<request_id>/                 login 403   in    404   in    in     403    in     404     in    login login login
POST requests/<request_id>/                 login 403   403   404   in    403    403    403    404     in    login login login
GET  repairs/                               login 403   in    in    in    in     403    in     in      in    login login login
BOTH repairs/new/                           login 403   403   in    in    in     403    403    403     in    login login login
GET  repairs/<repair_id>/                   login 403   in    404   in    in     403    in     404     in    login login login
GET  repairs/<repair_id>/progress/          login 403   in    404   in    in     403    in     404     in    login login login
POST repairs/<repair_id>/stop/              login 403   403   404   in    in     403    403    403     in    login login login
GET  attention/                             login 403   in    in    in    in     403    in     in      in    login login login
GET  jump/                                  login 403   in    in    in    in     403    in     in      in    login login login
POST preferences/                           login in    in    in    in    in     in     in     in      in    login login login
GET  design/                                login 403   403   in    in    in     403    403    403     in    login login login
BOTH design/tour/                           login 403   403   in    in    in     403    403    403     in    login login login
POST design/new/                            login 403   403   in    in    in     403    403    403     in    login login login
GET  design/<draft_id>/                     login 403   403   404   in    403    403    403    403     in    login login login
POST design/<draft_id>/discard/             login 403   403   404   in    403    403    403    403     in    login login login
GET  design/<draft_id>/state/               403   403   403   404   in    403    403    403    403     in    403   403   403
POST design/<draft_id>/edit/                403   403   403   404   in    403    403    403    403     in    403   403   403
POST design/<draft_id>/undo/                403   403   403   404   in    403    403    403    403     in    403   403   403
POST design/<draft_id>/redo/                403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/code/                403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/places/              403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/inspector/           403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/actions/             403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/grammar/             403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/consequence/         403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/failures/            403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/film/                403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/ghost/               403   403   403   404   in    403    403    403    403     in    403   403   403
POST design/<draft_id>/code/                403   403   403   404   in    403    403    403    403     in    403   403   403
GET  design/<draft_id>/as/<kind>/           login 403   403   404   in    403    403    403    403     in    login login login
BOTH design/<draft_id>/extract/             login 403   403   404   in    403    403    403    403     in    login login login
BOTH design/<draft_id>/inline/              login 403   403   404   in    403    403    403    403     in    login login login
BOTH design/<draft_id>/replace/             login 403   403   404   in    403    403    403    403     in    login login login
GET  design/<draft_id>/review/              login 403   403   404   in    403    403    403    403     in    login login login
POST design/<draft_id>/rebase/              login 403   403   404   in    403    403    403    403     in    login login login
POST design/<draft_id>/write/               login 403   403   404   in    403    403    403    403     in    login login login
POST design/<draft_id>/publish/             login 403   403   404   in    403    403    403    403     in    login login login
GET  definitions/<name>/published/          login 403   403   404   in    in     403    403    403     in    login login login
POST definitions/<name>/restore/<number>/   login 403   403   404   in    403    403    403    403     in    login login login
POST definitions/<name>/design/             login 403   403   404   in    403    403    403    403     in    login login login
GET  definitions/                           login 403   in    in    in    in     403    in     in      in    login login login
GET  definitions/<name>/                    login 403   in    404   in    in     403    in     404     in    login login login
BOTH definitions/<name>/start/              login 403   403   404   in    403    403    403    403     in    login login login
GET  definitions/<name>/simulation/         login 403   in    404   in    in     403    in     404     in    login login login
GET  definitions/<name>/<digest>/           login 403   in    404   in    in     403    in     404     in    login login login
GET  definitions/<name>/<digest>/simulation/login 403   in    404   in    in     403    in     404     in    login login login
GET  definitions/<name>/<digest>/film/      403   403   in    404   in    in     403    in     404     in    403   403   403
GET  definitions/<name>/<digest>/as/<form>/ login 403   in    404   in    in     403    in     404     in    login login login
GET  definitions/<name>/<old>/to/<new>/     login 403   in    404   in    in     403    in     404     in    login login login

GET  api/openapi.json                       401   in    in    in    in    in     in     in     in      in    in    in    in
GET  api/runs                               401   403   in    in    in    in     403    in     in      in    in    in    in
POST api/runs                               401   403   403   404   in    403    403    403    403     in    in    in    404
POST api/runs/batch                         401   403   403   404   in    403    403    403    403     in    in    in    404
GET  api/runs/<run_id>                      401   403   in    404   in    in     403    in     404     in    in    in    404
GET  api/runs/<run_id>/journal              401   403   in    404   in    in     403    in     404     in    in    in    404
GET  api/runs/<run_id>/rollbacks            401   403   in    404   in    in     403    in     404     in    in    in    404
GET  api/runs/<run_id>/plan                 401   403   in    404   in    in     403    in     404     in    in    in    404
GET  api/runs/<run_id>/allowed              401   403   in    404   in    in     403    in     404     in    in    in    404
POST api/runs/<run_id>/verbs/<verb>         401   403   403   404   in    403    403    403    403     in    in    403   404
POST api/runs/<run_id>/approvals            401   403   403   404   in    403    403    403    403     in    403   403   404
POST api/runs/<run_id>/delegations          401   403   403   404   in    403    403    403    403     in    403   403   404
POST api/runs/<run_id>/requests             401   403   403   404   in    403    403    403    403     in    in    403   404
GET  api/requests                           401   403   in    in    in    in     403    in     in      in    in    in    in
POST api/requests/<request_id>/answer       401   403   403   404   in    403    403    403    404     in    in    403   404
GET  api/sagas/<name>/asyncapi              401   403   in    404   in    in     403    in     404     in    in    in    404
POST api/events                             401   403   403   404   in    403    403    403    403     in    in    403   404
POST api/callbacks/<token>                  404   404   404   404   404   404    404    404    404     404   404   404   404
BOTH api/                                   404   404   404   404   404   404    404    404    404     404   404   404   404
BOTH api/^(?P<rest>.*)$                     404   404   404   404   404   404    404    404    404     404   404   404   404

BOTH admin/                                 login login login login login login  in     in     in      in    login login login
BOTH admin/login/                           in    in    in    in    in    in     in     in     in      in    in    in    in
GET  admin/logout/                          login home  home  home  home  home   405    405    405     405   login login login
POST admin/logout/                          login home  home  home  home  home   in     in     in      in    login login login
BOTH admin/password_change/                 login login login login login login  in     in     in      in    login login login
GET  admin/password_change/done/            login login login login login login  in     in     in      in    login login login
GET  admin/autocomplete/                    login login login login login login  403    403    403     403   login login login
GET  admin/jsi18n/                          login login login login login login  in     in     in      in    login login login
BOTH admin/r/<content_type_id>/<object_id>/ login login login login login login  404    404    404     404   login login login
BOTH admin/PEOPLE/                          login login login login login login  403    403    403     in    login login login
BOTH admin/PEOPLE/add/                      login login login login login login  403    403    403     in    login login login
BOTH admin/PEOPLE/<object_id>/history/      login login login login login login  403    403    403     in    login login login
BOTH admin/PEOPLE/<object_id>/delete/       login login login login login login  403    403    403     in    login login login
BOTH admin/PEOPLE/<object_id>/change/       login login login login login login  403    403    403     in    login login login
BOTH admin/PEOPLE/<object_id>/              login login login login login login  in     in     in      in    login login login
BOTH admin/PEOPLE/<id>/password/            login login login login login login  403    403    403     in    login login login
BOTH admin/ANCHOR/export/<form>/            login login login login login login  403    in     in      in    login login login
BOTH admin/ANCHOR/                          login login login login login login  403    in     in      in    login login login
BOTH admin/ANCHOR/add/                      login login login login login login  403    403    403     403   login login login
BOTH admin/ANCHOR/<object_id>/history/      login login login login login login  403    in     in      in    login login login
BOTH admin/ANCHOR/<object_id>/delete/       login login login login login login  403    403    403     403   login login login
GET  admin/ANCHOR/<object_id>/change/       login login login login login login  403    in     in      in    login login login
POST admin/ANCHOR/<object_id>/change/       login login login login login login  403    403    403     403   login login login
BOTH admin/ANCHOR/<object_id>/              login login login login login login  in     in     in      in    login login login
BOTH admin/RECORD/export/<form>/            login login login login login login  403    in     in      in    login login login
BOTH admin/RECORD/                          login login login login login login  403    in     in      in    login login login
BOTH admin/RECORD/add/                      login login login login login login  403    403    403     403   login login login
BOTH admin/RECORD/<object_id>/history/      login login login login login login  403    in     home    in    login login login
BOTH admin/RECORD/<object_id>/delete/       login login login login login login  403    403    403     403   login login login
GET  admin/RECORD/<object_id>/change/       login login login login login login  403    in     home    in    login login login
POST admin/RECORD/<object_id>/change/       login login login login login login  403    403    403     403   login login login
GET  admin/RECORD/<object_id>/all/<column>/ login login login login login login  403    in     404     in    login login login
GET  admin/RECORD/<object_id>/report/       login login login login login login  403    in     404     in    login login login
POST admin/RECORD/<object_id>/replay/       login login login login login login  403    403    403     in    login login login
BOTH admin/RECORD/<object_id>/              login login login login login login  in     in     in      in    login login login
BOTH admin/MADE/                            login login login login login login  403    403    403     in    login login login
BOTH admin/MADE/add/                        login login login login login login  403    403    403     in    login login login
BOTH admin/MADE/<object_id>/history/        login login login login login login  403    403    403     in    login login login
BOTH admin/MADE/<object_id>/delete/         login login login login login login  403    403    403     in    login login login
BOTH admin/MADE/<object_id>/change/         login login login login login login  403    403    403     in    login login login
BOTH admin/MADE/<object_id>/                login login login login login login  in     in     in      in    login login login
BOTH admin/TOKEN/                           login login login login login login  403    403    403     in    login login login
BOTH admin/TOKEN/add/                       login login login login login login  403    403    403     in    login login login
BOTH admin/TOKEN/<object_id>/history/       login login login login login login  403    403    403     in    login login login
BOTH admin/TOKEN/<object_id>/delete/        login login login login login login  403    403    403     in    login login login
GET  admin/TOKEN/<object_id>/change/        login login login login login login  403    403    403     in    login login login
POST admin/TOKEN/<object_id>/change/        login login login login login login  403    403    403     403   login login login
BOTH admin/TOKEN/<object_id>/               login login login login login login  in     in     in      in    login login login
BOTH admin/EXAMPLE/                         login login login login login login  403    403    403     in    login login login
BOTH admin/EXAMPLE/add/                     login login login login login login  403    403    403     in    login login login
BOTH admin/EXAMPLE/<object_id>/history/     login login login login login login  home   home   home    home  login login login
BOTH admin/EXAMPLE/<object_id>/delete/      login login login login login login  403    403    403     home  login login login
BOTH admin/EXAMPLE/<object_id>/change/      login login login login login login  403    403    403     home  login login login
BOTH admin/EXAMPLE/<object_id>/             login login login login login login  in     in     in      in    login login login
BOTH admin/^APP                             login login login login login login  404    in     in      in    login login login
BOTH admin/(?P<url>.*)$                     login login login login login login  404    404    404     404   login login login
"""

SOCKETS = """
     ROUTE                                  anon  none  view  else  oper  watch  clerk  audit  branch  root  prog  slim  shy
     ws/runs/                               4401  4403  in    in    in    in     4403   in     in      in    4401  4401  4401
     ws/runs/<run_id>/                      4401  4403  in    4404  in    in     4403   in     4404    in    4401  4401  4401
"""
"""``in``, or the code with which the socket is closed."""


def _read(text):
    """``{(method, route): {role: outcome}}``"""
    head, *lines = [line for line in text.splitlines() if line.strip()]
    roles, found = head.split()[1:], {}
    assert roles == list(ROLES), "a column for each role"
    for line in lines:
        *method, route = line[:44].split()
        outcomes = dict(zip(roles, line[44:].split(), strict=True))
        for each in {"BOTH": ("GET", "POST")}.get(*method, method) if method else ("GET",):
            assert (each, route) not in found, f"{each} {route} stands here twice"
            found[each, route] = outcomes
    return found


OUTCOMES = _read(TABLE)
SOCKETS = {route: outcomes for (_, route), outcomes in _read(SOCKETS).items()}
