"""The probe of an action: it asks the participant if an attempt took effect whose answer is lost."""

import logging
from dataclasses import replace

from sagaflow import registry
from sagaflow.core.definition.work import NO_WORK
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Accepted, BusinessError, Context, NotDone, TechnicalError
from sagaflow.core.run.state import Direction
from sagaflow.participants.answers import AT_WORK, strict
from sagaflow.participants.work import Work
from sagaflow.registry import Action

__all__ = ["ask", "with_output"]

logger = logging.getLogger("sagaflow.participants")


def ask(action: Action, context: Context) -> Json:
    """Return the output of the effect that an attempt with the key of the context had, or ``NotDone()``.

    Raises:
        BusinessError: the participant refused that attempt.
        TechnicalError: with the code ``at-work``: the participant is still at work.
    """
    found = action.probe(context) if callable(action.probe) else _ask_http(action, context)
    if isinstance(found, Accepted):
        raise TechnicalError(f"An earlier attempt of '{context.key}' is still at work.", code=AT_WORK)
    if isinstance(found, NotDone):
        return found
    output = strict(found, f"the probe of action '{action.name}'", "The step is not attempted again.")
    logger.info("The probe of action '%s' found an effect of %s.", action.name, context.key)
    return output


def with_output(work: Work) -> Work:
    """Return the compensation with the output of its action, which the probe of that finds if no outcome says it.

    An effect that the probe does not find may still come, so that the compensation is performed anyway.
    """
    action = None if work.certain else registry.find_action(work.undoes)
    if action is None or not action.probe:
        return work
    context, key = work.context, f"{work.barrier_key}:{Direction.DO.value}"
    asking = replace(context, direction=Direction.DO, key=key, work=NO_WORK, output=None, reason={})
    try:
        found = ask(action, asking)
    except BusinessError:
        return work
    return work if isinstance(found, NotDone) else replace(work, context=replace(context, output=found))


def _ask_http(action: Action, context: Context) -> object:
    # Importing the HTTP client would slow down the start of every command, and most do not need it.
    from sagaflow.participants.http import ask as ask_participant

    return ask_participant(action, context)
