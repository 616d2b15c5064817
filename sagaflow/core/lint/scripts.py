"""The rule about words that mix scripts whose letters look alike, so that they read as another word.

The names of sagas, steps and actions are ASCII. People also decide by titles, teams and groups, which are free text.
"""

import re
import unicodedata
from collections.abc import Iterator

from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga
from sagaflow.core.halting import go_on
from sagaflow.core.lint.finding import Finding, Severity

__all__ = ["mixed_scripts"]

ALIKE = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE", "FULLWIDTH", "MATHEMATICAL"))
"""Scripts with letters that look like those of another one. Japanese, for example, mixes others in every text."""
WORD = re.compile(r"[^\W\d_]+")


def mixed_scripts(saga: Saga) -> Iterator[Finding]:
    """A word of a title, of a team, of a group or of a sensitive field has letters of two scripts that look alike."""
    for element, what, text in _texts(saga):
        go_on()
        for word in WORD.findall(text):
            if odd := _odd_one(word):
                script = unicodedata.name(odd).title().partition(" ")[0]
                message = (
                    f"{what} has the word '{word}', in which '{odd}' (U+{ord(odd):04X}) is a {script} letter, and "
                    "others are not; people read it as another word, so write it in one script"
                )
                yield Finding(rule="mixed-scripts", severity=Severity.WARNING, element=element, message=message)


def _texts(saga: Saga) -> Iterator[tuple[str, str, str]]:
    """Yield each free text by which people decide: its element, its name in a sentence, and the text."""
    yield "saga", "the title", saga.title
    for field in saga.sensitive:
        yield "saga", "a sensitive field", field
    for segment in saga.segments:
        path = f"segments/{segment.name}"
        yield path, "the title", segment.title
        yield path, "the team", segment.team
        for step in segment.steps:
            yield step_path(segment.name, step.name), "the title", step.title
            yield step_path(segment.name, step.name), "the group that decides", step.does.asks


def _odd_one(word: str) -> str:
    """Return the first letter of the script that the word has fewest letters of; empty: it is in one script."""
    if word.isascii():
        return ""
    scripts = {letter: unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    counted = [scripts[letter] for letter in word if scripts.get(letter) in ALIKE]
    if len(set(counted)) < 2:  # noqa: PLR2004 - one script
        return ""
    rarest = min(dict.fromkeys(counted), key=counted.count)
    return next(letter for letter in word if scripts.get(letter) == rarest)
