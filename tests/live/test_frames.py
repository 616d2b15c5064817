"""A frame holds only what scripts read: its size depends on what changed, not on the length of the run."""

import json
import re
from pathlib import Path

from designer.live.reading import Catch
from designer.live.view import view_of
from sagaflow.core.definition.saga import Saga, Step, orchestrated
from sagaflow.core.run.state import RunState, StepStatus

SAGA = Saga("long", orchestrated("main", *(Step(f"step_{number:02}", "shop.work") for number in range(20))))
DONE = RunState.of(SAGA).with_step("step_00", status=StepStatus.DONE)
SCRIPTS = Path(__file__).parents[2] / "designer/static/designer/live"


def test_a_snapshot_and_a_delta_of_twenty_steps_are_small():
    old, new = (view_of(SAGA, state, 10.0) for state in (RunState.of(SAGA), DONE))
    snapshot, delta = Catch(new).frame(None), Catch(new).frame(old)
    assert (len(snapshot.encode()), len(delta.encode())) == (3595, 289)
    assert set(json.loads(delta)["steps"]) == {"step_00"}


def test_every_field_of_a_frame_is_read_by_a_script():
    view = view_of(SAGA, DONE, 10.0)
    delta = json.loads(Catch(view).frame(view_of(SAGA, RunState.of(SAGA), 9.0)))
    scripts = "\n".join(script.read_text() for script in SCRIPTS.glob("*.js"))
    for name in delta:
        assert re.search(rf"\bframe\.{name}\b", scripts), name
    for name in delta["steps"]["step_00"]:
        assert re.search(rf"\bstep\.{name}\b", scripts), name
