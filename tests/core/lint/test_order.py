"""A step that runs later needs no undo: which steps the linter suggests moving, and to which place."""

import pytest
from hypothesis import given

from sagaflow import Step, Style, choreographed, nothing, orchestrated, semantic, where
from sagaflow.core.definition.document import dump, load
from sagaflow.core.definition.problems import problems
from sagaflow.core.lint import Move, Restyle, apply, lint
from tests.core.lint.samples import MAIL, ONCE, A, B, C, D, P, Z, main, order, step
from tests.core.strategies import sagas


def place(**options):
    return Step("place_order", "order.place", undo="order.cancel", **options)


RESERVE = Step(
    "reserve_stock", "warehouse.reserve", undo="warehouse.release", fails_as={"sold_out": "InsufficientStock"}
)
PAY = Step("take_payment", "payment.take", undo="payment.refund", emits="PaymentTaken")
AWARD = Step("award_points", "loyalty.award", undo="loyalty.revoke", after="take_payment")
NOTIFY = Step("notify_customer", "mail.notify", undo=semantic("mail.sorry", "it was read"), after="take_payment")
PACK = Step("package_order", "warehouse.package", after="take_payment", pivot=True)
PACK_FIRST = Step("package_order", "warehouse.package", pivot=True)
DISPATCH = Step("dispatch_order", "warehouse.dispatch")

FORMS = {
    "orchestrated": order(orchestrated("main", place(), RESERVE, PAY, AWARD, NOTIFY, PACK, DISPATCH)),
    "choreographed": order(choreographed("main", place(), RESERVE, PAY, AWARD, NOTIFY, PACK, DISPATCH)),
    "mixed": order(
        choreographed("sale", place(), RESERVE, PAY, AWARD, NOTIFY), orchestrated("warehouse", PACK_FIRST, DISPATCH)
    ),
    "mixed, in parallel": order(
        choreographed("sale", place(), RESERVE, PAY, AWARD, NOTIFY, team="sales"),
        orchestrated(
            "warehouse", Step("package_order", "warehouse.package", on="PaymentTaken", pivot=True), DISPATCH, after=()
        ),
    ),
}


def moves(saga):
    return {finding.proposal.step: finding for finding in lint(saga) if isinstance(finding.proposal, Move)}


@pytest.mark.parametrize("saga", FORMS.values(), ids=FORMS)
def test_points_are_better_awarded_after_dispatch(saga):
    finding = moves(saga)["award_points"]
    assert finding.rule == "could-come-later"
    assert "'dispatch_order'" in finding.message
    better = apply(saga, finding.proposal)
    assert "dispatch_order" in better.graph.ancestors["award_points"]
    assert "award_points" not in moves(better)
    assert problems(better) == ()
    assert better.graph.segment_of["award_points"].style is saga.graph.segment_of["award_points"].style
    assert better.graph.segment_of["award_points"].team == saga.graph.segment_of["award_points"].team


def test_a_step_that_could_come_later_is_named_once_and_its_race_with_the_pivot_with_it():
    beside, before = main(A, MAIL, Step("p", "five.p", after="a", pivot=True)), main(A, MAIL, B, C)
    (told,) = [finding for finding in lint(beside) if finding.element.endswith("/mail")]
    assert told.rule == "could-come-later"
    assert "it also runs in parallel with 'p'" in told.message
    assert "in parallel" not in moves(before)["mail"].message


@pytest.mark.parametrize("saga", FORMS.values(), ids=FORMS)
def test_only_what_nobody_depends_on_is_to_be_moved(saga):
    assert moves(saga).keys() <= {"award_points", "notify_customer"}


@pytest.mark.parametrize(
    ("saga", "steps"),
    [
        (main(A, MAIL, Step("p", "five.p", after="a", pivot=True)), {"mail"}),
        (main(A, MAIL, P), {"mail"}),
        (main(A, MAIL, B, C), {"mail"}),
        (main(A, MAIL), set()),
        (main(A, B, P), set()),
        (main(A, step(after="a", undo="a.b", **ONCE), Step("p", "five.p", after="a", pivot=True)), set()),
        (main(A, step(after="a", undo="a.b", fails_as={"no": "N"}), Step("p", "five.p", after="a", pivot=True)), set()),
        (main(A, step(after="a", undo=nothing("a check")), Step("p", "five.p", after="a", pivot=True)), set()),
        (main(A, MAIL, Step("p", "five.p", after=("a", "mail"), pivot=True)), set()),
        (main(A, MAIL, Step("p", "five.p", on=("ACompleted", "MailCompleted"), pivot=True)), set()),
        (main(A, MAIL, Step("p", "five.p", pivot=True, condition=where("/steps/mail/ok"))), set()),
        (main(A, MAIL, P, Step("x", "a.b", after=("p", "mail"))), set()),
        (main(A, MAIL, Step("x", "a.b", after="mail"), Step("p", "five.p", after="a", pivot=True)), set()),
        (main(A, MAIL, Step("x", "a.b", on="MailCompleted"), Step("p", "five.p", after="a", pivot=True)), set()),
        (order(orchestrated("one", A, B), orchestrated("two", P)), set()),
        (
            order(
                orchestrated("one", A, B), orchestrated("two", P), orchestrated("three", step(undo="a.b"), after="one")
            ),
            {"x"},
        ),
        (
            order(
                orchestrated("one", A), orchestrated("two", B, after=()), orchestrated("three", P, after=("one", "two"))
            ),
            set(),
        ),
        (main(P, Step("mail", "mail.send", undo=semantic("mail.sorry"))), set()),
        (order(orchestrated("one", A), orchestrated("two", P)), set()),
        (order(orchestrated("one", A, step(after=(), undo="a.b")), orchestrated("two", P)), {"a", "x"}),
        (order(orchestrated("one", A, step(after=(), undo="a.b")), orchestrated("two", B)), set()),
        (
            order(
                orchestrated("one", A, B, step("y", after="a", undo="a.b"), step(after="y", undo="a.b")),
                orchestrated("two", P),
            ),
            {"b"},
        ),
    ],
)
def test_what_is_moved_breaks_no_dependency(saga, steps):
    assert moves(saga).keys() == steps


def test_the_reason_says_when_it_is_undone():
    with_pivot, without = moves(main(A, MAIL, P))["mail"], moves(main(A, MAIL, B, C))["mail"]
    assert "by another effect each time that 'p' or a step before it fails" in with_pivot.message
    assert "by another effect each time that a later step fails" in without.message


@pytest.mark.parametrize(
    ("segments", "name"),
    [
        ((orchestrated("one", A, MAIL), orchestrated("two", P)), "one_after_two"),
        ((orchestrated("one", A, MAIL), orchestrated("two", P, after=())), "one_after_two"),
        (
            (
                *(orchestrated("one", A, MAIL), orchestrated("two", B)),
                *(orchestrated("three", C, after="two"), orchestrated("four", D, after="two")),
            ),
            "one_after_four",
        ),
        ((orchestrated("n" * 64, A, MAIL), orchestrated("two", P)), "n" * 60),
        ((orchestrated("one", A, MAIL), orchestrated("two", P), orchestrated("one_after_two", Z)), "one_after_two_2"),
        (
            (
                *(orchestrated("one", A, MAIL), orchestrated("two", P)),
                *(orchestrated("one_after_two", Z), orchestrated("one_after_two_2", D)),
            ),
            "one_after_two_3",
        ),
    ],
    ids=["next", "beside", "several last ones", "a long name", "a name that is taken", "two names that are taken"],
)
def test_a_step_that_leaves_its_segment_gets_one_of_its_own(segments, name):
    assert moves(order(*segments))["mail"].proposal.segment == name


def test_the_follower_of_a_moved_step_comes_after_what_that_one_came_after():
    saga = main(A, Step("b", "two.b", after="a"), MAIL, P)
    better = apply(saga, moves(saga)["mail"].proposal)
    assert better.graph.before["p"] == {"a"}
    assert [step.name for step in better.segments[0].steps] == ["a", "b", "p", "mail"]


def test_a_segment_that_a_move_empties_leaves_no_gap():
    saga = order(
        orchestrated("one", A),
        orchestrated("news", Step("mail", "mail.send", undo=semantic("mail.sorry"))),
        orchestrated("two", P, Z),
    )
    better = apply(saga, moves(saga)["mail"].proposal)
    assert [segment.name for segment in better.segments] == ["one", "two", "news_after_two"]
    assert better.graph.before["p"] == {"a"}
    assert better.graph.before["mail"] == {"z"}


def test_events_from_outside_are_still_awaited_after_a_move():
    saga = main(A, Step("mail", "mail.send", undo=semantic("mail.sorry"), on=("ACompleted", "Weekend")), P)
    better = apply(saga, moves(saga)["mail"].proposal)
    assert better.steps["mail"].on == ("Weekend", "PCompleted")


@given(sagas(max_steps=8, with_timeouts=True))
def test_every_proposal_gives_a_valid_saga_with_the_same_steps(saga):
    for finding in lint(saga):
        if finding.proposal is not None:
            better = apply(saga, finding.proposal)
            assert better.steps.keys() == saga.steps.keys()
            assert load(dump(better)) == better
        if isinstance(finding.proposal, Move):
            for name in saga.steps.keys() - {finding.proposal.step}:
                gone = saga.graph.ancestors[name] ^ better.graph.ancestors[name]
                assert gone <= {finding.proposal.step}


def after_of(saga, move, name):
    """Return what the follower states after the move; ``None``: nothing."""
    return apply(saga, move).steps[name].after


@pytest.mark.parametrize("moved", ["a", "b", "c"])
def test_a_follower_by_default_stays_one_after_a_move(moved):
    saga = main(A, B, C, D, Z)
    follower = saga.segments[0].steps["abcdz".index(moved) + 1].name
    assert after_of(saga, Move(moved, ("z",), "main"), follower) is None


def test_a_follower_of_a_moved_branch_states_what_it_comes_after():
    saga = main(step("y"), A, step("m", after="y"), step("n"))
    assert after_of(saga, Move("m", ("n",), "main"), "n") == ("y",)


def test_a_segment_that_starts_on_its_own_still_does_when_the_one_before_it_is_emptied():
    saga = order(orchestrated("one", A), orchestrated("two", B), orchestrated("three", C, after=()))
    later = apply(saga, Move("b", ("a",), "new"))
    assert [(segment.name, segment.after) for segment in later.segments] == [
        ("one", None), ("three", ()), ("new", ("one",))
    ]  # fmt: skip
    assert later.graph.ancestors["c"] == frozenset()


def test_only_the_segment_that_is_named_gets_another_style():
    saga = order(orchestrated("b", A), orchestrated("c", B), orchestrated("d", C))
    later = apply(saga, Restyle("c", Style.CHOREOGRAPHED))
    assert [segment.style.value for segment in later.segments] == ["orchestrated", "choreographed", "orchestrated"]
