"""Small steps and sagas for the tests of the linter."""

from sagaflow import RetryPolicy, Saga, Step, choreographed, every, orchestrated, semantic, where

A = Step("a", "one.a", undo="one.undo_a")
B = Step("b", "two.b", undo="two.undo_b")
C = Step("c", "three.c", undo="three.undo_c")
D = Step("d", "four.d", undo="four.undo_d")
P = Step("p", "five.p", pivot=True)
Z = Step("z", "six.z")
MAIL = Step("mail", "mail.send", undo=semantic("mail.sorry"), after=("a",))


def order(*segments, **options):
    return Saga("order", segments, **options)


def main(*steps, **options):
    return order(orchestrated("main", *steps, **options))


def events(*steps, **options):
    return order(choreographed("main", *steps, **options))


def step(name="x", does=None, **options):
    return Step(name, does or f"service.{name}", **options)


ONCE = {"retry": RetryPolicy(attempts=1)}
NEVER = every(where("/input/x", "eq", 1), where("/input/x", "eq", 2))
