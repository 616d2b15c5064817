"""A saga whose input says how it ends: ``ok``, ``refused`` (rolls back), ``broken`` (parks), ``stuck``."""

from sagaflow.core.definition.retry import RetryPolicy
from sagaflow.core.definition.saga import Saga, Step, choreographed, orchestrated
from sagaflow.core.participant import BusinessError, TechnicalError

ONCE = RetryPolicy(attempts=1)
LETTER = Saga(
    "live_letter",
    (
        choreographed(
            "write",
            Step("draft", "live_desk.draft", undo="live_desk.tear", undo_retry=ONCE),
            Step("stamp", "live_post.stamp", undo="live_post.refund"),
        ),
        orchestrated("send", Step("post", "live_post.post", retry=ONCE)),
    ),
    title="Send a letter",
    sensitive=("secret",),
)


def do(context):
    return {"step": context.step, "secret": "output-canary"}


def tear(context):
    if context.input["ends"] == "stuck":
        raise BusinessError("glued", "it does not tear")


def post(context):
    match context.input["ends"]:
        case "refused" | "stuck":
            raise BusinessError("no-address", "<img src=x onerror=alert(1)>")
        case "broken":
            raise TechnicalError("the box is closed", code="closed")
    return {"secret": "output-canary"}


ACTIONS = {"desk.draft": do, "desk.tear": tear, "post.stamp": do, "post.refund": do, "post.post": post}
