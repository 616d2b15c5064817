"""Limits of API tokens and scopes of groups narrow together: what is left is what both cover."""

from hypothesis import given
from hypothesis import strategies as st

from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.store.lists.scopes import covers
from sagaflow.store.tokens import Limits

NAMES, TEAMS = ("letter", "parcel", "order"), ("hall", "desk")
PAIRS = st.tuples(st.sampled_from(["", *NAMES]), st.sampled_from(["", *TEAMS])).filter(any)


@given(st.none() | st.lists(PAIRS), st.frozensets(st.sampled_from(NAMES)))
def test_limits_and_scopes_leave_the_sagas_that_both_cover(scopes, named):
    left = Limits(sagas=named).within(None if scopes is None else tuple(scopes))
    for name in NAMES:
        for team in TEAMS:
            saga = Saga(name, (orchestrated("main", Step("pay", "bank.pay"), team=team),))
            both = (scopes is None or covers(scopes, saga)) and (not named or name in named)
            assert (left is None or covers(left, saga)) == both
