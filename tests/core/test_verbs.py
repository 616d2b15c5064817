"""The table of verbs: who may use each of them, on what, and which of them a surface warns of."""

import pytest

from sagaflow.core.errors import Refused
from sagaflow.core.run.verbs import BULK_VERBS, OPERATE_VERBS, RUN_VERBS, STEP_VERBS, VERBS, value_for


def those(**wanted):
    return {name for name, verb in VERBS.items() if all(getattr(verb, key) == value for key, value in wanted.items())}


def test_only_approvers_decide_and_only_publishers_publish():
    assert those(permission="approve_step") == {"approve", "reject", "delegate"}
    assert those(permission="publish_event") == {"publish"}
    assert set(OPERATE_VERBS) == VERBS.keys() - {"approve", "reject", "delegate", "publish"}


def test_two_verbs_are_about_the_whole_run():
    assert RUN_VERBS == ("roll_back", "cancel")
    assert set(STEP_VERBS) == set(OPERATE_VERBS) - {"roll_back", "cancel"}
    assert set(BULK_VERBS) == set(OPERATE_VERBS) - {"retry_with_input", "resume"}


def test_what_cannot_be_taken_back_is_dangerous_and_a_rollback_is_shown_before():
    assert those(dangerous=True) == {"skip", "reject", "roll_back", "cancel"}
    assert those(rolls_back=True) == {"reject", "roll_back", "cancel"}


def test_verbs_with_one_report_say_in_it_which_they_are():
    assert VERBS["approve"].report is VERBS["reject"].report
    assert (VERBS["approve"].fields["approved"], VERBS["reject"].fields["approved"]) == (True, False)
    retries = [VERBS[name] for name in ("retry", "redeliver", "retry_with_input")]
    assert len({verb.report for verb in retries}) == 1
    assert [verb.fields.get("verb", "retry") for verb in retries] == [verb.name for verb in retries]
    assert [verb.fields.get("edited", False) for verb in retries] == [False, False, True]


def test_every_verb_has_the_words_of_its_button_and_of_its_effect():
    for verb in VERBS.values():
        assert verb.title
        assert verb.effect.endswith(".")
        assert bool(verb.takes) == bool(verb.takes_title)
        assert bool(verb.undo_title) == bool(verb.undo_effect)


TAKERS = {"input": ["retry_with_input"], "output": ["skip"], "to": ["delegate"]}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_verb_gets_the_value_that_it_takes_and_refuses_others_by_name(verb):
    for field, takers in TAKERS.items():
        assert [name for name, each in VERBS.items() if each.takes == field] == takers
        assert value_for(verb, {field: None}) is None
        if verb.takes == field:
            assert value_for(verb, {field: {"n": 1}}) == {"n": 1}
            continue
        with pytest.raises(Refused) as refused:
            value_for(verb, {field: {"n": 1}})
        assert str(refused.value) == f"'{verb.name}' does not take '{field}'; only {takers[0]} does. Leave it out."
    if verb.on_step:
        assert value_for(verb, {}, "pay") is None
        return
    with pytest.raises(Refused, match="leave the step 'pay' out"):
        value_for(verb, {}, "pay")
