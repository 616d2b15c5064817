"""Flaws that a customer would meet first: each is planted and reported with its place. Sound definitions have none."""

from dataclasses import replace

import pytest

from sagaflow import (
    Approval,
    Condition,
    Observer,
    RetryPolicy,
    Saga,
    Step,
    SubSaga,
    Timer,
    WaitForEvent,
    choreographed,
    every,
    irreversible,
    nothing,
    orchestrated,
    pick,
    some,
    where,
)
from sagaflow.core.definition.input_mapping import InputMapping
from sagaflow.core.definition.saga import Call, Compensation, OnUndoFailure, Recovery, RollBackChild
from sagaflow.core.lint import Known, Severity, apply, certain_children, lint
from tests.core.lint.samples import A, B, P, events, main, order, step


def starting(*sagas):
    return main(*(Step(f"start_{saga}", SubSaga(saga), undo=nothing("none")) for saga in sagas))


PRICE = {
    "properties": {"amount": {}, "currency": {"default": "EUR"}, "tax": {"$ref": "#/$defs/tax"}},
    "required": ["amount", "currency", "tax"],
    "$defs": {"tax": {"default": 0}},
}
KNOWN = Known(
    actions=frozenset(
        {
            *("one.a", "one.undo_a", "two.b", "two.undo_b", "five.p", "service.x", "service.y", "service.undo"),
            *("mail.send", "shop.pay", "shop.refund"),
        }
    ),
    sagas=frozenset({"shipping", "billing", "dunning", "order", "split", "pivoted", "priced"}),
    schemas={
        "shop.pay": (None, {"properties": {"payment_id": {"type": "string"}}, "additionalProperties": False}),
    },
    children={
        "pivoted": main(P),
        "priced": order(orchestrated("main", A), input_schema=PRICE),
        "billing": starting("dunning", "split"),
        "dunning": starting("order"),
        "split": starting("billing", "split"),
    },
    groups=frozenset({"approvers", "payment"}),
)
PAY = Step("pay", "shop.pay", undo="shop.refund")
CLOSED = {"type": "object", "properties": {"total": {"type": "number"}}, "additionalProperties": False}
NEST = {"properties": {"card": CLOSED}}
PAID_OR_DECLINED = Step("w1", WaitForEvent("Paid"), timeout=9.0, fails_as={"declined": "Declined"})

PLANTED = [
    pytest.param(
        main(Step("a", "one.aa", undo="one.undo_a"), P),
        "warning segments/main/steps/a: it calls the action 'one.aa', which is not registered; did you mean 'one.a'? "
        "Otherwise register it with @action, or correct the name [unknown-action]",
        id="action",
    ),
    pytest.param(
        main(Step("a", "one.a", undo="zzz.qqq"), P),
        "warning segments/main/steps/a: its undo calls the action 'zzz.qqq', which is not registered; "
        "register it with @action, or correct the name [unknown-action]",
        id="undo",
    ),
    pytest.param(
        order(orchestrated("main", A, P), observers=(Observer("post", "mail.sent", on="ACompleted"),)),
        "warning observers/post: it calls the action 'mail.sent', which is not registered; did you mean 'mail.send'? "
        "Otherwise register it with @action, or correct the name [unknown-action]",
        id="observer",
    ),
    pytest.param(
        main(Step("x", SubSaga("shiping"), undo=nothing("none")), P),
        "warning segments/main/steps/x: it starts the saga 'shiping', which is not registered; did you mean "
        "'shipping'? Otherwise register it, or correct the name [unknown-sub-saga]",
        id="sub-saga",
    ),
    pytest.param(
        main(Step("x", Approval("approver")), P),
        "warning segments/main/steps/x: it waits for the group 'approver', which does not exist, so that no user can "
        "decide; did you mean 'approvers'? Otherwise create the group, or correct the name [unknown-group]",
        id="group",
    ),
    pytest.param(
        events(Step("a", "one.a", undo="one.undo_a", timeout=9), step(on="ACompletd", timeout=9, undo=nothing("x"))),
        "warning segments/main/steps/x: it reacts to 'ACompletd', which no step publishes and no wait expects from "
        "outside; did you mean 'ACompleted'? [awaited-never-emitted]",
        id="event",
    ),
    pytest.param(
        main(A, Step("x", WaitForEvent("Paid")), P),
        "warning segments/main/steps/x: it waits for 'Paid' without a time limit, so that the run never ends when the "
        "event never comes; set timeout to the seconds after which the event is missing, or give the saga a deadline "
        "[wait-without-limit]",
        id="wait",
    ),
    pytest.param(
        events(
            step(on="ZCompletd", undo="service.undo", timeout=9.0), Step("z", "two.b", undo="two.undo_b", timeout=9.0)
        ),
        "warning segments/main/steps/x: it reacts to 'ZCompletd', which no step publishes and no wait expects from "
        "outside; did you mean 'ZCompleted'? [awaited-never-emitted]",
        id="event of a later step",
    ),
    pytest.param(
        events(step(on="XCompletd", undo="service.undo", timeout=9.0)),
        "warning segments/main/steps/x: it reacts to 'XCompletd', which no step publishes and no wait expects from "
        "outside; await it with a step of its own (event), with a timeout [awaited-never-emitted]",
        id="own event",
    ),
    pytest.param(
        main(
            Step("a", "one.a", undo="one.undo_a", outputs="price"),
            step(undo=nothing("x"), condition=where("/steps/a/prise")),
            P,
        ),
        "warning segments/main/steps/x: its condition reads /steps/a/prise, but 'prise' is not among the outputs of "
        "'a' ('price'); did you mean 'price'? Otherwise correct it, or list it there [reads-nothing]",
        id="output",
    ),
    pytest.param(
        main(PAY, step(undo=nothing("x"), condition=where("/steps/pay/pament_id")), P),
        "warning segments/main/steps/x: its condition reads /steps/pay/pament_id, but the output schema of 'shop.pay' "
        "does not allow 'pament_id'; did you mean 'payment_id'? Otherwise correct it, or add it to the schema "
        "[reads-nothing]",
        id="output by the schema of the action",
    ),
    pytest.param(
        main(replace(PAY, fails_when={"no": where("/output/status", "eq", "no")}), P),
        "warning segments/main/steps/pay: its fails_when reads /output/status, but the output schema of 'shop.pay' "
        "does not allow 'status'; correct it, or add it to the schema [reads-nothing]",
        id="own output by the schema of the action",
    ),
    pytest.param(
        order(
            orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/items/0/skuu")), P),
            input_schema={"properties": {"items": {"type": "array", "items": CLOSED}}},
        ),
        "warning segments/main/steps/x: its condition reads /input/items/0/skuu, but the input schema does not allow "
        "'skuu'; correct it, or add it to the schema [reads-nothing]",
        id="field of an item",
    ),
    pytest.param(
        order(
            orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/items/first")), P),
            input_schema={"properties": {"items": {"type": "array", "items": CLOSED}}},
        ),
        "warning segments/main/steps/x: its condition reads /input/items/first, but the input schema has a list there, "
        "and 'first' is not the number of an item; correct it [reads-nothing]",
        id="item without a number",
    ),
    pytest.param(
        order(
            orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/total/cents")), P),
            input_schema=CLOSED,
        ),
        "warning segments/main/steps/x: its condition reads /input/total/cents, but the input schema allows only "
        "number there, which has no fields; correct it [reads-nothing]",
        id="field of a number",
    ),
    pytest.param(
        main(Step("x", SubSaga("pivoted"), undo=Compensation(does=RollBackChild())), B),
        "warning segments/main/steps/x: its undo rolls the run of 'pivoted' back, which is refused once the pivot 'p' "
        "of that saga is done, and then this run is stuck; name an action that undoes it, or let it come after the "
        "pivot of this saga [stuck-past-pivot]",
        id="rollback of a sub-saga past its pivot",
    ),
    pytest.param(
        order(
            orchestrated("main", A, step(undo=nothing("x"), condition=every(where("/input/totl", "gt", 9))), P),
            input_schema=CLOSED,
        ),
        "warning segments/main/steps/x: its condition reads /input/totl, but the input schema does not allow 'totl'; "
        "did you mean 'total'? Otherwise correct it, or add it to the schema [reads-nothing]",
        id="input",
    ),
    pytest.param(
        order(
            orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/card/pin")), P), input_schema=NEST
        ),
        "warning segments/main/steps/x: its condition reads /input/card/pin, but the input schema does not allow "
        "'pin'; correct it, or add it to the schema [reads-nothing]",
        id="inner input",
    ),
    pytest.param(
        order(orchestrated("main", A, P), input_schema=CLOSED, search={"sum": "/totl"}),
        "warning saga: its search attribute 'sum' reads /totl, but the input schema does not allow 'totl'; did you "
        "mean 'total'? Otherwise correct it, or add it to the schema [reads-nothing]",
        id="search attribute",
    ),
    pytest.param(
        order(orchestrated("main", A, P), input_schema=NEST, sensitive=("totl",)),
        "warning saga: the sensitive field 'totl' masks nothing that the definition names; did you mean 'total'? "
        "[masks-nothing]",
        id="sensitive field",
    ),
    pytest.param(
        order(orchestrated("main", A, Step("x", WaitForEvent("Paid"), timeout=9.0), P), correlate={"Piad": "/k"}),
        "warning saga: correlate says where 'Piad' has the key of its run, and no wait is for this event; did you mean "
        "'Paid'? [no-run-heard]",
        id="correlated event",
    ),
    pytest.param(
        order(orchestrated("main", A, P), starts_on="Placed", correlate={"*": "/k", "Plased": "/k"}),
        "warning saga: correlate says where 'Plased' has the key of its run, and no wait is for this event; did you "
        "mean 'Placed'? [no-run-heard]",
        id="event that starts",
    ),
    pytest.param(
        order(orchestrated("main", A, P), input_schema={"properties": {"n": {"minimun": 1}}}),
        "warning saga: input_schema/properties/n: 'minimun' is not a keyword of JSON Schema and checks nothing; did "
        "you mean 'minimum'? [hardly-meant]",
        id="keyword",
    ),
    pytest.param(
        order(orchestrated("main", A, P), input_schema=CLOSED | {"examples": [{"total": 1}, {"total": "1"}]}),
        "warning saga: input_schema/examples/1: /total: the value is not of type 'number'; correct the example, or the "
        "schema [hardly-meant]",
        id="example",
    ),
    pytest.param(
        order(
            orchestrated("main", A, P),
            input_schema={"properties": {"n": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"maximum": 2, "examples": [3]}}},
        ),
        "warning saga: input_schema/properties/n → #/$defs/n/examples/0: /: the value is greater than the maximum of "
        "2; correct the example, or the schema [hardly-meant]",
        id="example of a part",
    ),
    pytest.param(
        main(
            Step("w", WaitForEvent("Paid"), timeout=9.0, condition=where("/input/fast")),
            Step("x", WaitForEvent("Paid"), timeout=9.0),
            P,
        ),
        "warning segments/main/steps/x: it waits for 'Paid', as 'w' does, and one event ends both waits; give each "
        "wait an event of its own [one-event-two-waits]",
        id="two waits of which one has a condition",
    ),
    pytest.param(
        order(orchestrated("main", Step("t1", Timer(40.0)), A, Step("t2", Timer(30.0)), P), deadline=60.0),
        "warning saga: its deadline of 60 s passes before it can be done: the timers 't1', 't2' alone take 70 s one "
        "after the other; set a longer deadline, or shorter timers [deadline-too-short]",
        id="deadline",
    ),
    pytest.param(
        order(
            orchestrated("main", Step("t1", Timer(60.0)), Step("t2", Timer(5.0), condition=where("/input/slow")), P),
            deadline=60.0,
        ),
        "warning saga: its deadline of 60 s passes before it can be done: the timers 't1' alone take 60 s one after "
        "the other; set a longer deadline, or shorter timers [deadline-too-short]",
        id="deadline that passes with the timer",
    ),
    pytest.param(
        order(
            orchestrated(
                "main",
                Step("t", Timer(59.5)),
                Step("u", Timer(9.0), condition=where("/input/slow")),
                Step("v", Timer(1.0)),
            ),
            deadline=60.0,
        ),
        "warning saga: its deadline of 60 s passes before it can be done: the timers 't', 'v' alone take 60.5 s one "
        "after the other; set a longer deadline, or shorter timers [deadline-too-short]",
        id="a timer that may be skipped makes nothing shorter",
    ),
    pytest.param(
        order(orchestrated("main", A, Step("w", WaitForEvent("Paid"), timeout=90.0), P), deadline=60.0),
        "warning segments/main/steps/w: its time limit of 90 s is longer than the deadline of the saga, 60 s, which "
        "always comes first; set a longer deadline, or a shorter limit [deadline-too-short]",
        id="limit",
    ),
    pytest.param(
        main(Step("a", "one.a", undo="one.a"), P),
        "warning segments/main/steps/a: its undo calls 'one.a', the action that it should undo, and would do it a "
        "second time; name the action that reverses it [undone-by-itself]",
        id="undo of itself",
    ),
    pytest.param(
        main(
            Step("w1", WaitForEvent("PartDelivered"), timeout=9.0),
            Step("w2", WaitForEvent("PartDelivered"), timeout=9.0),
        ),
        "warning segments/main/steps/w2: it waits for 'PartDelivered', as 'w1' does, and one event ends both waits; "
        "give each wait an event of its own [one-event-two-waits]",
        id="two parcels",
    ),
    pytest.param(
        main(
            Step("w1", WaitForEvent("PartDelivered"), timeout=9.0, condition=where("/input/kind", "eq", "part")),
            Step("w2", WaitForEvent("PartDelivered"), timeout=9.0, condition=where("/input/kind", "eq", "whole")),
            Step("w3", WaitForEvent("PartDelivered"), timeout=9.0, condition=where("/input/kind", "eq", "whole")),
        ),
        "warning segments/main/steps/w3: it waits for 'PartDelivered', as 'w2' does, and one event ends both waits; "
        "give each wait an event of its own [one-event-two-waits]",
        id="two parcels, and a third that comes without them",
    ),
    pytest.param(
        main(
            A,
            Step("w2", WaitForEvent("PartDelivered"), timeout=9.0),
            Step("w1", WaitForEvent("PartDelivered"), timeout=9.0),
        ),
        "warning segments/main/steps/w1: it waits for 'PartDelivered', as 'w2' does, and one event ends both waits; "
        "give each wait an event of its own [one-event-two-waits]",
        id="two parcels in the other order",
    ),
    pytest.param(
        main(A, Step("w", Approval("approvers", remind_after=9.0), timeout=9.0), P),
        "warning segments/main/steps/w: its reminder after 9 s never comes, because the time limit of the step, 9 s, "
        "ends the wait before; set a smaller remind_after, or a longer limit [reminder-too-late]",
        id="a reminder at the limit",
    ),
    pytest.param(
        order(
            orchestrated("main", Step("w", Approval("approvers", remind_after=70.0), timeout=80.0), P), deadline=60.0
        ),
        "warning segments/main/steps/w: its reminder after 70 s never comes, because the deadline of the saga, 60 s, "
        "ends the wait before; set a smaller remind_after, or a longer limit [reminder-too-late]",
        id="a reminder after the deadline",
    ),
    pytest.param(
        main(Step("w", WaitForEvent("Paid"), timeout=9.0, undo=Compensation(does=WaitForEvent("Paid"))), P),
        "warning segments/main/steps/w: its undo waits for 'Paid', as the step itself does, and one event ends both "
        "waits; give each wait an event of its own [one-event-two-waits]",
        id="an undo that waits for the event of its step",
    ),
    pytest.param(
        main(
            Step("a", "one.a", undo=Compensation(does=WaitForEvent("Freed")), timeout=9.0),
            Step("b", "two.b", undo=Compensation(does=WaitForEvent("Freed")), timeout=9.0),
        ),
        "warning segments/main/steps/b: its undo waits for 'Freed', as the undo of 'a' does, and one event ends both "
        "waits; give each wait an event of its own [one-event-two-waits]",
        id="two undos that wait for one event",
    ),
    pytest.param(
        main(Step("w2", WaitForEvent("Declined"), timeout=9.0), PAID_OR_DECLINED, P),
        "warning segments/main/steps/w1: 'Declined' makes its wait fail and ends the wait of 'w2' as well; give each "
        "wait an event of its own, or let that wait come after this one [one-event-two-waits]",
        id="an event that ends one wait and makes a later one fail",
    ),
    pytest.param(
        main(
            PAID_OR_DECLINED,
            Step("w2", WaitForEvent("Declined"), timeout=9.0, after=()),
            Step("b", "two.b", undo="two.undo_b", after=("w1", "w2")),
        ),
        "warning segments/main/steps/w1: 'Declined' makes its wait fail and ends the wait of 'w2' as well; give each "
        "wait an event of its own, or let that wait come after this one [one-event-two-waits]",
        id="an event that ends one wait and makes one beside it fail",
    ),
    pytest.param(
        main(Step("a", "one.a", undo=Compensation(does=WaitForEvent("Freed"))), B),
        "warning segments/main/steps/a: its undo waits for 'Freed' without a time limit, so that the rollback never "
        "ends when the event never comes; set timeout to the seconds after which it is missing, or give the saga a "
        "deadline, which then limits the undo, too [wait-without-limit]",
        id="an undo that waits without a limit",
    ),
    pytest.param(
        main(Step("a", "one.a", undo=Compensation(does=WaitForEvent("BCompleted")), timeout=9.0), B),
        "warning segments/main/steps/a: its undo waits for 'BCompleted' from outside, but 'b' publishes it here; give "
        "the undo an event of its own, or an action [awaited-inside]",
        id="an undo that waits for an event of another step",
    ),
    pytest.param(
        main(A, Step("b", "two.b", undo=Compensation(does=WaitForEvent("ACompleted")), timeout=9.0)),
        "warning segments/main/steps/b: its undo waits for 'ACompleted' from outside, but 'a' publishes it here; give "
        "the undo an event of its own, or an action [awaited-inside]",
        id="an undo that waits for an event of an earlier step",
    ),
    pytest.param(
        main(B, Step("a", WaitForEvent("BCompleted"), timeout=9.0)),
        "warning segments/main/steps/a: it waits for 'BCompleted' from outside, but 'b' publishes it here; let the "
        "steps after this one come after that one, and remove the wait [awaited-inside]",
        id="a wait for an event of an earlier step",
    ),
    pytest.param(
        main(Step("a", "one.a", undo=Compensation(does=WaitForEvent("ACompleted")), timeout=9.0), B),
        "warning segments/main/steps/a: its undo waits for 'ACompleted' from outside, but the step itself publishes it "
        "here; give the undo an event of its own, or an action [awaited-inside]",
        id="an undo that waits for the event of its own step",
    ),
    pytest.param(
        order(
            orchestrated("main", A, P), input_schema=CLOSED, starts_on="Sent", correlate={"Sent": "/totl", "*": "/k"}
        ),
        "warning saga: correlate reads the key of 'Sent', which is the input of the run, at /totl, but the input "
        "schema does not allow 'totl'; did you mean 'total'? Otherwise correct it, or add it to the schema "
        "[reads-nothing]",
        id="the key of the event that starts",
    ),
    pytest.param(
        order(orchestrated("main", A, P), input_schema=CLOSED, starts_on="Sent", correlate={"*": "/totl"}),
        "warning saga: correlate reads the key of 'Sent', which is the input of the run, at /totl, but the input "
        "schema does not allow 'totl'; did you mean 'total'? Otherwise correct it, or add it to the schema "
        "[reads-nothing]",
        id="the key of every event",
    ),
    pytest.param(
        main(A, Step("w", SubSaga("order"), undo=nothing("x")), P),
        "warning segments/main/steps/w: it starts its own saga 'order' again, so that no run can ever complete: each "
        "waits for the next one; give the step a condition that ends this, or start another saga [starts-itself]",
        id="a saga that starts itself",
    ),
    pytest.param(
        main(Step("w", SubSaga("billing"), undo=nothing("x")), P),
        "warning segments/main/steps/w: it starts 'billing', which starts 'dunning', which starts 'order' again, so "
        "that no run can ever complete: each waits for the next one; give the step a condition that ends this, or "
        "start another saga [starts-itself]",
        id="a circle of sagas",
    ),
]

RECEIVED = WaitForEvent("OrderReceived")
SOUND = {
    "a line with a pivot": main(A, B, P),
    "an event-driven choreography whose events come from outside": events(
        Step("received", RECEIVED, timeout=60.0),
        Step("stock", WaitForEvent("StockReserved"), timeout=60.0, undo=Compensation(does=WaitForEvent("StockFreed"))),
        Step("packed", WaitForEvent("OrderPacked"), timeout=60.0),
    ),
    "a reaction to an event that a wait expects": events(
        Step("received", RECEIVED, timeout=60.0), step(on="OrderReceived", timeout=9.0, undo=nothing("a look"))
    ),
    "a sub-saga that is rolled back with its parent": main(
        Step("ship", SubSaga("shipping"), undo=Compensation(does=RollBackChild())), P
    ),
    "a sub-saga that starts its own saga again while a condition holds": main(
        Step("rest", SubSaga("order"), condition=where("/input/rest"), undo=nothing("x")), P
    ),
    "an approval before the pivot": main(A, Step("ask", Approval("approvers")), P),
    "timers within the deadline": order(
        orchestrated("main", Step("cool", Timer(20.0)), A, Step("rest", Timer(30.0)), P), deadline=60.0
    ),
    "timers beside each other": order(
        orchestrated("main", Step("s", Timer(40.0), after=()), Step("t", Timer(40.0), after=())), deadline=60.0
    ),
    "timers that just fit, and one that a condition may skip": order(
        orchestrated("main", Step("t1", Timer(59.5)), Step("t2", Timer(9.0), condition=where("/input/slow")), P),
        deadline=60.0,
    ),
    "a limit that is the deadline": order(
        orchestrated("main", A, Step("w", WaitForEvent("Paid"), timeout=60.0), P), deadline=60.0
    ),
    "a timer that a condition may skip": order(
        orchestrated("main", Step("t", Timer(90.0), condition=where("/input/slow")), A), deadline=60.0
    ),
    "save-points with forward recovery": order(
        orchestrated("one", A, savepoint=True),
        orchestrated("two", B, recovery=Recovery.FORWARD, savepoint=True),
        orchestrated("last", P),
    ),
    "a choice by condition after a save-point": order(
        orchestrated("one", Step("a", "one.a", undo="one.undo_a", outputs=("kind", "price")), savepoint=True),
        orchestrated(
            "two",
            Step("x", "service.x", undo="service.undo", condition=where("/steps/a/kind", "eq", "x"), after=()),
            Step("y", "service.y", undo="service.undo", condition=where("/steps/a/price", "gt", 9), after=()),
        ),
        orchestrated("last", P),
    ),
    "a condition on an open schema": order(
        orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/other")), P),
        input_schema={"properties": {"total": {}}},
    ),
    "a condition on a schema with a reference": order(
        orchestrated("main", A, step(undo=nothing("x"), condition=where("/input/card/number")), P),
        input_schema={
            "properties": {"card": {"$ref": "#/$defs/card"}},
            "additionalProperties": False,
            "$defs": {"card": {"properties": {"number": {}}}},
        },
    ),
    "a callback with a time limit": main(Step("a", "shop.pay", undo="shop.refund", timeout=30.0), P),
    "a wait that the deadline ends": order(orchestrated("main", A, Step("w", WaitForEvent("Paid")), P), deadline=60.0),
    "a wait after the pivot": order(
        orchestrated("main", A, P, Step("w", WaitForEvent("Paid"), timeout=90.0)), deadline=60.0
    ),
    "both styles with an observer": order(
        choreographed("events", Step("a", "one.a", undo="one.undo_a", timeout=9.0)),
        orchestrated("main", B, Step("p", "five.p", pivot=True, retry=RetryPolicy(attempts=9))),
        observers=(Observer("post", "mail.send", on="ACompleted"),),
    ),
    "an event that only later versions await": order(
        orchestrated("main", A, Step("w", WaitForEvent("Paid"), timeout=9.0), P),
        correlate={"Paid": "/k", "Piad": "/k", "CustomerMoved": "/k", "*": "/k"},
    ),
    "fields that only an open schema may have, or that are both there": order(
        orchestrated("main", A, P), input_schema=NEST, sensitive=("iban", "total", "totals", "TOTAL")
    ),
    "keywords of its own, and examples that fit": order(
        orchestrated("main", A, P),
        input_schema={
            "x-origin": "shop",
            "x-title": "Order",
            "title_de": "Auftrag",
            "note": "of the shop",
            "type": "object",
            "examples": [{"n": 1}, {}],
            "$comment": "1",
            "title": "Order",
            "properties": {"n": {"default": 1, "minimum": 1, "examples": [1]}, "minimun": {"readOnly": True}},
            "required": ["n"],
        },
    ),
    "an undo by the same action, with an input of its own": main(
        Step("a", "one.a", undo=Compensation(does=Call("one.a"), input={"sign": -1})), P
    ),
    "two waits of which one is always skipped": main(
        Step("fast", WaitForEvent("Paid"), timeout=9.0, condition=where("/input/fast", "eq", True)),
        Step("slow", WaitForEvent("Paid"), timeout=99.0, condition=where("/input/fast", "ne", True)),
        P,
    ),
    "a reminder of a pivot, which no deadline ends": order(
        orchestrated("main", A, Step("ask", Approval("approvers", remind_after=90.0), pivot=True)), deadline=60.0
    ),
    "a part of an output, and all outputs of a step": main(
        replace(A, outputs=("price",)),
        step(undo=nothing("x"), condition=every(where("/steps/a/price/cents"), where("/steps/a"))),
        P,
    ),
    "outputs and items that schemas allow": order(
        orchestrated(
            "main",
            PAY,
            step(undo=nothing("x"), condition=every(where("/steps/pay/payment_id"), where("/input/items/0/total"))),
            P,
        ),
        input_schema={
            "properties": {"items": {"type": "array", "items": CLOSED}, "pair": {"prefixItems": [{}], "items": CLOSED}}
        },
    ),
    "a sub-saga with a pivot, after the pivot of its parent": main(P, Step("x", SubSaga("pivoted"))),
    "a sub-saga with a pivot, undone by an action": main(Step("x", SubSaga("pivoted"), undo="one.undo_a"), P),
    "a sub-saga with a pivot, whose undo may be left out": main(
        Step(
            "x",
            SubSaga("pivoted"),
            undo=Compensation(does=RollBackChild()),
            on_undo_failure=OnUndoFailure.CONTINUE,
        ),
        P,
    ),
    "a sub-saga that fills in defaults": main(
        Step("x", SubSaga("priced"), input={"amount": 1}, undo=Compensation(does=RollBackChild())), P
    ),
    "a wait whose success has the name of its event": main(
        Step("payment", WaitForEvent("PaymentCompleted"), timeout=9.0), B, P
    ),
    "an undo whose success has the name of its event": main(
        Step("a", "one.a", undo=Compensation(does=WaitForEvent("ACompensated")), timeout=9.0), P
    ),
    "an undo that waits while a deadline shows that it is late": order(
        orchestrated("main", Step("a", "one.a", undo=Compensation(does=WaitForEvent("Freed"))), P), deadline=60.0
    ),
    "an undo after the pivot, which never runs": main(
        A, P, Step("x", "service.x", undo=Compensation(does=WaitForEvent("Freed")))
    ),
    "an event that makes a wait fail, and that only a later wait is for": main(
        PAID_OR_DECLINED, Step("w2", WaitForEvent("Declined"), timeout=9.0), P
    ),
    "an event that makes two waits fail": main(
        PAID_OR_DECLINED, replace(PAID_OR_DECLINED, name="w2", does=RECEIVED), P
    ),
    "an event that ends one wait and makes another fail, of which one is always skipped": main(
        replace(PAID_OR_DECLINED, condition=where("/input/fast", "eq", True)),
        Step("w2", WaitForEvent("Declined"), timeout=9.0, condition=where("/input/fast", "ne", True), after=()),
        Step("b", "two.b", undo="two.undo_b", after=("w1", "w2")),
    ),
    "sensitive fields like other ones": order(
        orchestrated("main", A, P),
        sensitive=("card_number", "first_name", "password", "address_1", "token"),
        search={
            "order": "/order_number",
            "name": "/last_name",
            "hint": "/password_hint",
            "address": "/address_2",
            "tokens": "/tokens",
        },
    ),
    "the key of an event that starts, and of others": order(
        orchestrated("main", A, P),
        input_schema=CLOSED,
        starts_on="Sent",
        correlate={"Sent": "/total", "*": "/invoice/totl"},
    ),
    "what cannot be undone comes last": main(A, Step("x", "service.x", undo=irreversible("sent"), pivot=True)),
}


@pytest.mark.parametrize(("saga", "expected"), PLANTED)
def test_a_planted_flaw_is_named_with_its_remedy(saga, expected):
    assert [str(each) for each in lint(saga, KNOWN) if each.severity is Severity.WARNING] == [expected]


@pytest.mark.parametrize("shape", SOUND)
def test_a_sound_definition_has_no_warning(shape):
    assert [str(each) for each in lint(SOUND[shape], KNOWN) if each.severity is Severity.WARNING] == []


def test_an_observer_of_missing_events_needs_a_choreography():
    observers = (Observer("o", "mail.send", on="SagaMissing"),)
    found = lint(order(orchestrated("main", A, P), observers=observers), KNOWN)
    assert "never-missing" in [each.rule for each in found if each.severity is Severity.ADVICE]
    assert [each.element for each in found if each.rule == "never-missing"] == ["observers/o"]
    danced = order(choreographed("main", A, P), observers=observers)
    assert "never-missing" not in [each.rule for each in lint(danced, KNOWN)]


@pytest.mark.parametrize(
    ("saga", "known"),
    [
        (main(replace(A, outputs=("total",)), P), Known()),
        (main(replace(A, input=InputMapping({"total": 1})), P), Known()),
        (main(replace(A, input=InputMapping({"x": pick("/input/total")})), P), Known()),
        (main(Step("a", "one.a", undo=Compensation(does=Call("one.undo_a"), input={"total": 1})), P), Known()),
        (order(orchestrated("main", A, P), search={"sum": "/total"}), Known()),
        (order(orchestrated("main", A, P), correlate={"*": "/total"}), Known()),
        (order(orchestrated("main", A, P), input_schema={"anyOf": [NEST]}), Known()),
        (main(A, P), Known(schemas={"one.a": (CLOSED, None)})),
        (main(A, P), Known(schemas={"one.a": (None, CLOSED)})),
        (main(A, P), Known(schemas={"one.undo_a": (CLOSED, None)})),
        (main(A, replace(B, condition=some(where("/input/x"), where("/input/total")))), Known()),
        (main(A, replace(B, fails_when={"no": where("/output/total")})), Known()),
        (main(Step("a", "one.a", undo=Compensation(does=Call("one.undo_a"), needs=("/total",))), P), Known()),
        (
            main(Step("x", SubSaga("child"), undo=Compensation(does=RollBackChild())), P),
            Known(children={"child": main(replace(A, outputs=("total",)))}),
        ),
    ],
)
def test_a_sensitive_name_is_compared_with_the_names_of_all_fields(saga, known):
    def masked(*names):
        return [each.message for each in lint(replace(saga, sensitive=names), known) if each.rule == "masks-nothing"]

    assert masked("totl") == [
        "the sensitive field 'totl' masks nothing that the definition names; did you mean 'total'?"
    ]
    assert masked("total") == masked("TOTAL") == masked("totl", "total") == masked("iban") == []


def left_out(pointer, condition=None, **schema):
    reads = step(input={"x": pick(pointer)}, undo=nothing("x"), condition=condition)
    found = lint(order(orchestrated("main", reads), input_schema={"type": "object", **schema}))
    return [each.message for each in found if each.rule == "may-be-missing"]


def test_an_item_that_the_schema_requires_is_not_missing():
    line = {"type": "object", "properties": {"sku": {}, "note": {}, "0": {}}, "required": ["sku"]}
    lines = {"properties": {"lines": {"type": "array", "minItems": 2, "items": line}}, "required": ["lines"]}
    assert left_out("/input/lines/0/sku", **lines) == left_out("/input/lines/1/sku", **lines) == []
    for pointer, missing in (("/input/lines/2/sku", "2"), ("/input/lines/1/note", "note"), ("/input/lines/1/0", "0")):
        [message] = left_out(pointer, **lines)
        assert f"left out when the input has no '{missing}';" in message
    [message] = left_out("/input/lines/0/sku", properties=lines["properties"])
    assert "left out when the input has no 'lines';" in message


CARD = {"card": {"properties": {"no": {}, "pin": {}}, "required": ["no"]}, "kind": {}}


@pytest.mark.parametrize(
    ("pointer", "condition", "missing"),
    [
        ("/input/card", None, "card"),
        ("/input/card", where("/input/card"), ""),
        ("/input/card", where("/input/card", "ne", 5), ""),
        ("/input/card", Condition("not", parts=(where("/input/card", "absent"),)), ""),
        ("/input/card", every(where("/input/kind"), where("/input/card")), ""),
        ("/input/card", where("/input/card/pin"), ""),
        ("/input/card", where("/input/kind"), "card"),
        ("/input/card", where("/input/card", "absent"), "card"),
        ("/input/card", some(where("/input/card"), where("/input/kind")), "card"),
        ("/input/card", some(where("/input/card/no"), where("/input/card/pin", "gt", 5)), ""),
        ("/input/card/no", where("/input/card"), ""),
        ("/input/card/pin", where("/input/card"), "pin"),
        ("/input/card/pin", where("/input/card/no"), "pin"),
        ("/input/card/pin", where("/input/card/pin"), ""),
        ("/input/card/pin", where("/input/kind"), "card"),
    ],
)
def test_what_the_condition_of_its_own_step_requires_is_not_missing(pointer, condition, missing):
    found = left_out(pointer, condition, properties=CARD)
    assert [f"the input has no '{missing}'" in message for message in found] == ([True] if missing else [])


def test_only_a_sub_saga_fills_in_defaults():
    call = Step("a", "one.a", input={"amount": 1}, undo=nothing("x"))
    found = lint(main(call), Known(schemas={"one.a": (PRICE, None)}))
    assert [each.message.partition(",")[0] for each in found if each.rule == "does-not-fit"] == [
        "its input has no field 'currency'",
        "its input has no field 'tax'",
    ]
    starts = Step("a", SubSaga("priced"), input={}, undo=nothing("x"))
    found = lint(main(starts), KNOWN)
    assert [each.message.partition(",")[0] for each in found if each.rule == "does-not-fit"] == [
        "its input has no field 'amount'"
    ]


def test_only_sub_sagas_that_every_run_starts_make_a_circle():
    sometimes = Step("rest", SubSaga("order"), condition=where("/input/rest"), undo=nothing("x"))
    assert certain_children(main(sometimes, Step("bill", SubSaga("billing"), undo=nothing("x")), P)) == {"billing"}


def test_names_that_cannot_be_known_are_not_looked_at():
    saga = main(Step("a", "no.such", undo=nothing("x")), Step("b", SubSaga("none"), undo=nothing("x")), P)
    names = {"unknown-action", "unknown-sub-saga", "unknown-group"}
    assert names.isdisjoint(each.rule for each in lint(saga))
    assert names.isdisjoint(each.rule for each in lint(saga, Known(actions=frozenset(), services=frozenset({"other"}))))
    here = Known(actions=frozenset(), services=frozenset({"no"}))
    assert "unknown-action" in [each.rule for each in lint(saga, here)]


def test_what_is_known_about_the_schemas_of_a_step():
    takes, gives = {"required": ["a"]}, {"required": ["b"]}
    child = order(orchestrated("main", A), input_schema=CLOSED)
    known = Known(schemas={"one.a": (takes, gives)}, children={"child": child})
    assert (known.takes(A), known.gives(A)) == (takes, gives)
    assert (known.takes(B), known.gives(B)) == (None, None)
    assert known.takes(Step("c", SubSaga("child"))) == CLOSED
    assert known.gives(Step("c", SubSaga("child"))) is None


def test_the_proposal_of_a_missing_time_limit_sets_it_and_nothing_else():
    saga = Saga("s", choreographed("main", Step("a", "a.b", undo="a.c"), Step("b", "a.b", undo="a.c")))
    found = [each for each in lint(saga) if each.rule == "no-deadline"]
    for finding in found:
        saga = apply(saga, finding.proposal)
    assert [step.timeout for step in saga.steps.values()] == [60, 60]
    assert [each.rule for each in lint(saga) if each.rule == "no-deadline"] == []
