"""Random gestures on a document, as a designer makes them."""

from hypothesis import strategies as st

from designer.canvas.draft import ASIDE, Draft
from designer.canvas.elements import Rename, SetField, SetWork
from designer.canvas.groups import BringBack, ExtractSteps, InlineSaga, SetAside, WrapSteps
from designer.canvas.operation import Operation
from designer.canvas.pasting import PasteSteps
from designer.canvas.segments import AddSegment, DeleteSegment, JoinSegments, MoveSegment, SplitSegment, SwitchStyle
from designer.canvas.steps import (
    AddSteps,
    Connect,
    DeleteSteps,
    Disconnect,
    DuplicateStep,
    MoveSteps,
    after_all,
    after_step,
    before_step,
    beside_step,
)
from designer.canvas.texts import ReplaceText
from sagaflow.core.json_value import Json

__all__ = ["gestures"]

NEW = (
    {"name": "new", "action": "stock.new", "undo": "stock.old"},
    {"name": "s1", "timer": 60},
    {"name": "wait", "event": "Paid", "timeout": 600},
)

PASTED = (
    "name: s1\naction: a.b\n",
    "- {name: s1, action: a.b, pivot: true}\n- {name: other, timer: 5, after: [s1, s2, gone]}\n",
    "- {name: s2, action: a.b, emits: Made}\n- {name: wait, action: c.d, on: [Made, Unknown]}\n",
    "- {name: s1, actoin: a.b}\n",
)

CHILD = {
    "name": "child",
    "segments": [{"name": "main", "style": "orchestrated", "steps": [{"name": "s1", "action": "a.b"}, NEW[0]]}],
}


def _aside(draft: Draft) -> list[str]:
    return [kept["name"] for segment in draft.segments for kept in segment.get(ASIDE, ())]


@st.composite
def places(draw: st.DrawFn, document: Json) -> st.SearchStrategy:
    """A place that lights up when a drag begins."""
    draft = Draft(document)
    names = sorted(draft.names())
    if not names or draw(st.integers(0, 4)) == 0:
        return after_all(draft, draw(st.sampled_from([segment["name"] for segment in draft.segments])))
    place = draw(st.sampled_from([after_step, before_step, beside_step]))
    return place(draft, draw(st.sampled_from(names)))


@st.composite
def gestures(draw: st.DrawFn, document: Json) -> Operation:
    """An operation that names what there is; it may still be impossible."""
    draft = Draft(document)
    steps = sorted(draft.names())
    segments = [segment["name"] for segment in draft.segments]
    step, other = (st.sampled_from(steps) if steps else st.just("gone") for _ in range(2))
    segment = st.sampled_from(segments) if segments else st.just("gone")
    fresh = st.sampled_from(["fresh", "g1", "s2", "Other"])
    some = st.lists(step, min_size=1, max_size=3, unique=True).map(tuple)
    paths = (
        [f"segments/{home['name']}/steps/{one['name']}" for home, one in draft.steps()]
        + [f"segments/{name}" for name in segments]
        + ["saga"]
    )
    choices = [
        st.builds(SwitchStyle, segment, st.sampled_from(["orchestrated", "choreographed"])),
        st.builds(AddSegment, fresh, st.just("orchestrated"), st.none() | segment),
        st.builds(MoveSegment, segment, st.none() | segment),
        st.builds(SplitSegment, step, fresh),
        st.builds(JoinSegments, segment, segment),
        st.builds(Connect, step, other),
        st.builds(Disconnect, step, other),
        st.builds(DuplicateStep, step),
        st.builds(PasteSteps, st.sampled_from(PASTED), st.sampled_from([*paths, "saga"])),
        st.builds(DeleteSteps, some),
        st.builds(Rename, st.sampled_from(paths), fresh),
        st.builds(SetField, st.sampled_from(paths), st.just("title"), st.sampled_from(["A title", None])),
        st.builds(
            SetWork,
            step,
            st.sampled_from([{"action": "stock.take"}, {"event": "Paid", "service": "shop"}, {"timer": 5}]),
        ),
    ]
    choices += [
        st.builds(WrapSteps, some, fresh, st.sampled_from([None, "choreographed"])),
        st.builds(SetAside, some),
        st.builds(BringBack, st.sampled_from([*_aside(draft), "gone"])),
        st.builds(ExtractSteps, some, st.just("child"), st.sampled_from(["below", "s1"])),
        st.builds(InlineSaga, step, st.just(CHILD)),
        st.builds(ReplaceText, st.sampled_from(["stock.", "s"]), st.sampled_from(["shop.", "x"])),
    ]
    if segments:
        choices += [
            st.builds(AddSteps, st.lists(st.sampled_from(NEW), min_size=1, max_size=2).map(tuple), places(document)),
            st.builds(MoveSteps, some, places(document)),
        ]
    if len(segments) > 1:
        choices.append(st.builds(DeleteSegment, segment))
    return draw(st.one_of(choices))
