"""Checks the English of everything that people read: `python -m tests.docs.words [path …]` prints what to rewrite.

A rule has a pattern, the words to write instead, and the reason. A space in a pattern matches any white space, so that
a phrase is found across a line break. A rule has to be clear: a sentence in good English must not break it.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.docs.markdown import ROOT
from tests.docs.prose import Kind, Passage, files, passages

LONGEST_LINE = 100
"""Columns of a line of prose in Markdown."""


@dataclass(frozen=True)
class Rule:
    """Words that do not belong in a text, and a sentence with them and one without them as proof."""

    pattern: str
    instead: str
    reason: str
    bad: str
    good: str
    kinds: frozenset[Kind] = frozenset(Kind)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern.replace(" ", r"\s+"), re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A place whose words have to change."""

    path: str
    line: int
    words: str
    instead: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: “{self.words}” → {self.instead} ({self.reason})"


DOCSTRINGS = frozenset({Kind.DOCSTRING})
SHOWN = frozenset({Kind.MESSAGE, Kind.TEMPLATE, Kind.PAGE})

FRAGMENT = "a docstring is understood without the line above it"
VAGUE = "say who it is"
LEGAL = "it sounds like a translated legal text"
OLD = "nobody says it any more"
USUAL = "the usual word of the field beats a fine one"
AGREED = "the word that was agreed on"

RULES = [
    # --- sentences
    Rule(
        r"(?<!there\s)\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|doubt\b|better\b)\w+",
        "is not a …",
        "'is no name' reads as a mistake",
        "'x' is no name of an event.",
        "'x' is not a valid name, there is no other one, and it is no longer used.",
    ),
    Rule(
        r"\A\s*(?:What|Whether|Who|Whose|Whom|Those|Ditto|Whoever|Whatever)\b",
        "a whole sentence: 'The …', 'Return …', 'True if …'",
        FRAGMENT,
        "Whether the run has ended.",
        "True if the run has ended, whether it failed or not.",
        DOCSTRINGS,
    ),
    Rule(
        r"\A\s*(?:(?:Why|How|Which|That|Of(?! course))\b|The same[;.,]|Likewise\b|Once[;,]|By \w+(?: \w+)?[:,])",
        "say what it is: 'The length of …', 'The reason why …', 'The step of each event'",
        FRAGMENT,
        "Of the first line of code, from 1.",
        "The number of the first line of code, from 1.",
        DOCSTRINGS,
    ),
    Rule(
        r"\A\s*(?:When|Where|Until when)\b[^,.:;]*\.?\s*\Z",
        "'The time at which …', 'The place of …'",
        FRAGMENT,
        "When the step became due.",
        "When the step became due, the run is woken.",
        DOCSTRINGS,
    ),
    Rule(
        r"\bditto\b",
        "repeat it",
        FRAGMENT,
        "Ditto, for observers.",
        "As `_services`, for observers.",
    ),
    Rule(
        r"\b(?:whoever|whomever|somebody|nobody|no one|anybody|everybody)(?!')\b",
        "the caller, an operator, another worker, no user, every user",
        VAGUE,
        "Whoever asks gets the list.",
        "The caller gets the list, and no worker waits.",
    ),
    Rule(
        r"\b(?:to|of|for|from|by|with) who (?!(?:is|was|has) )\w+s\b|(?:\A\s*|[.;:] )who (?:asks|offers|wants|comes)\b",
        "the user who …, the caller",
        VAGUE,
        "The name of who decides.",
        "The name of the user who decides.",
    ),
    Rule(
        r"\b(?:that|which) (?:is|are|was|were) none\b",
        "that is not one, invalid",
        LEGAL,
        "Tokens that are none are refused.",
        "Invalid tokens are refused; there are none.",
    ),
    # --- phrases
    Rule(
        r"\bpersons\b|\b(?:acts?|hands?) of (?:a )?person\b",
        "operators, users, people",
        "nobody says 'persons' outside a contract",
        "Acts of persons are kept.",
        "Operator actions are kept, and one person has two roles.",
    ),
    Rule(
        r"\ba person (?:has to|must|decides?|should|can|may)\b|\b(?:waits?|waiting) for a person\b|\bneeds? a person\b",
        "action required; an operator decides; waits for an operator",
        AGREED,
        "A person has to decide.",
        "An operator has to decide.",
    ),
    Rule(
        r"\bmay be taken\b",
        "can be claimed, may be in use",
        USUAL,
        "The step may be taken.",
        "The step can be claimed.",
    ),
    Rule(
        r"\bto be had\b",
        "available, can be read",
        OLD,
        "Each value is to be had as a whole.",
        "Each value can be read as a whole.",
    ),
    Rule(
        r"\bwhat (?:(?:has |had |will )?become|comes|came|becomes|became) of\b|\bcomes of\b|\bcame of it\b",
        "the outcome of, how it ended, follows from",
        OLD,
        "What came of each run.",
        "The outcome of each run.",
    ),
    Rule(
        r"\b(?:who|that|which|it|caller|worker|participant)(?: also)? minds\b|\bminds (?:what|which|the|it)\b",
        "handles, respects, knows",
        OLD,
        "Services whose observers the caller minds.",
        "Services whose observers the caller handles; two minds.",
    ),
    Rule(
        r"\bby night\b",
        "every night, at night",
        OLD,
        "Run it by night.",
        "Run it every night.",
    ),
    Rule(
        r"\b(?:that|it|this) were too many\b",
        "too many …",
        "wrong grammar",
        "That were too many frames at once.",
        "Too many messages at once: there were too many of them.",
    ),
    Rule(r"\bobey(?:s|ed|ing)?\b", "match, follow", USUAL, "It has to obey the schema.", "It must match the schema."),
    Rule(
        r"\bas far as\b",
        "if, where, as much as",
        LEGAL,
        "There is none, as far as he may know.",
        "It can be as long as it likes.",
    ),
    Rule(
        r"\bbeside\b",
        "next to, besides, at the same time as",
        OLD,
        "A step beside the pivot.",
        "A step next to the pivot.",
    ),
    Rule(r"\banew\b", "again, from the start", OLD, "The step starts anew.", "The step starts again: a new one."),
    Rule(r"\bfor ever\b", "permanently, forever, without end", OLD, "It is kept for ever.", "It is kept permanently."),
    Rule(
        r"\b(?:shown|asked|tried|offered|looked for) in vain\b|\balso in vain\b|\bin vain\b",
        "without success",
        OLD,
        "The event was shown in vain.",
        "The event was shown without success.",
    ),
    Rule(
        r"\bmend(?:s|ed|ing)?\b",
        "fix, repair",
        USUAL,
        "Mend the cause.",
        "Fix the cause, and amend the file.",
    ),
    Rule(
        r"\b(?:hand|hands|handed|handing) on\b",
        "pass on, forward",
        USUAL,
        "The relay hands on rows.",
        "The relay passes rows on.",
    ),
    Rule(
        r"\b(?:stand|stands|stood|standing) still\b",
        "wait, stop making progress",
        USUAL,
        "The step stands still.",
        "The step is waiting, and it still stands.",
    ),
    Rule(
        r"\bas (?:\w+ )?as one likes\b|\bone likes\b",
        "any number of, arbitrarily",
        OLD,
        "Gaps as wide as one likes.",
        "Gaps of any width.",
    ),
    Rule(
        r"\b(?:is|are|was|were) let\b|\bwhen let\b",
        "may, is allowed to",
        OLD,
        "When it is let.",
        "When it is allowed to.",
    ),
    Rule(
        r"\b(?:owed|owes|owing)\b",
        "waiting on, outstanding",
        AGREED,
        "What is still owed.",
        "The run is waiting on payment.",
    ),
    Rule(
        r"\bgood-bye\b|\bfarewell\b",
        "sign off, stop cleanly",
        "no jokes",
        "It could not say good-bye.",
        "It did not stop cleanly.",
    ),
    Rule(r"\bin good order\b", "cleanly", OLD, "The process ends in good order.", "The process ends cleanly."),
    Rule(r"\bin good time\b", "early enough", OLD, "It is noticed in good time.", "It is noticed early enough."),
    Rule(
        r"\b(?:is|are|was|were) passed over\b|\bpass(?:es)? it over\b",
        "is skipped, is ignored",
        OLD,
        "Unknown names are passed over.",
        "Unknown names are ignored after one pass over the steps.",
    ),
    Rule(
        r"\bvouch(?:es|ed)?\b", "confirm, cover", USUAL, "An anchor that vouches for it.", "An anchor that covers it."
    ),
    Rule(
        r"\b(?:is|are|be|still) believed\b",
        "is trusted, is the source of truth",
        USUAL,
        "The database is believed.",
        "The database is trusted.",
    ),
    Rule(
        r"\b(?:that|which|this|reach) will do\b(?=[,.;]| and\b)",
        "is enough, matches",
        OLD,
        "Values that will do.",
        "Values that match what they will do.",
    ),
    Rule(r"\bby the letter\b", "word for word, exactly", OLD, "Done by the letter.", "Done exactly as written."),
    Rule(
        r"\b(?:come|comes|came) true\b", "is met", OLD, "The condition did not come true.", "The condition was not met."
    ),
    Rule(
        r"\bget(?:s|ting)? (?:it|them|the run) on\b|\bgets? nowhere\b|\bcan get on\b",
        "continue, make progress",
        OLD,
        "A run that gets nowhere.",
        "A run that makes no progress.",
    ),
    Rule(
        r"\bhappenings?\b",
        "event",
        USUAL,
        "One happening at a time.",
        "One event at a time.",
    ),
    Rule(
        r"\bin the making\b", "that is being built", OLD, "A decision in the making.", "A decision that is being built."
    ),
    Rule(
        r"\b(?:is|are|was|were) lent\b|\blent for\b",
        "leased",
        USUAL,
        "Rows are lent for a minute.",
        "Rows are leased for a minute.",
    ),
    Rule(
        r"\b(?:made|make|makes) up for\b",
        "repaired, replaced",
        USUAL,
        "A lost hint is made up for.",
        "A lost hint is replaced.",
    ),
    Rule(r"\bwithout a trace\b", "silently", OLD, "No event is lost without a trace.", "No event is lost silently."),
    Rule(r"\bin the hands of\b", "held by", OLD, "A run in the hands of a worker.", "A run held by a worker."),
    Rule(
        r"\b(?:thereof|thereby|whence|hence|thus|thereupon|herein)\b",
        "so, of it",
        LEGAL,
        "The end thereof.",
        "The end of it.",
    ),
    Rule(r"\b(?:ought|shall)\b", "must, should, will", LEGAL, "It shall not be kept.", "It must not be kept."),
    Rule(
        r"\b(?:stands?|stood) in (?:rows?|columns?|brackets|(?:the|a) (?:comment|detail|row|journal|file|table))\b",
        "is in",
        OLD,
        "The input stands in the detail of its act.",
        "The input is in the detail of its act, which stands out.",
    ),
    Rule(
        r"\b(?:lie|lies|lay) in (?:the|a|an|other|their|its|one)\b",
        "is in",
        OLD,
        "The policy lies in the definition.",
        "The policy is in the definition.",
    ),
    Rule(
        r"\b(?:is|are|was|were) (?:told (?!apart)(?:so|that|why|what|of|at once)|told\b(?=[.,;]))|\btells? it\b",
        "report, show",
        USUAL,
        "A site that is set up wrongly is told so.",
        "A check reports a wrong setup, and doing is told apart from undoing.",
    ),
    Rule(
        r"\ball the same\b",
        "anyway",
        OLD,
        "It is undone all the same.",
        "It is undone anyway: they are all of the same kind.",
    ),
    Rule(
        r"\bas the \w+ has it\b",
        "as in",
        OLD,
        "In the words, as the error has it.",
        "In the words of the error, as it is stored.",
    ),
    Rule(r"\bsigns? of life\b", "heartbeat", USUAL, "Seconds without a sign of life.", "Seconds without a heartbeat."),
    Rule(
        r"\bwritten down\b|\bwrites? (?:it|them|an? \w+) down\b",
        "recorded, saved",
        USUAL,
        "The act is written down.",
        "The action is recorded.",
    ),
    Rule(r"\bthere and back\b", "a round trip", OLD, "Documents, there and back.", "A round trip of documents."),
    Rule(r"\bbut for\b", "except", OLD, "All of them, but for the last.", "All of them except the last."),
    Rule(
        r"\b(?:lest|albeit|notwithstanding|nonetheless|to and fro)\b",
        "so that … not, although",
        OLD,
        "Albeit late.",
        "Although it is late.",
    ),
    Rule(
        r"\bcom(?:es?|ing) to rest\b|\bat rest now\b",
        "stop, end",
        OLD,
        "It does not come to rest.",
        "It does not stop.",
    ),
    Rule(
        r"\bthe news (?:of|that)\b",
        "the event, the message that",
        OLD,
        "The news of how it ended.",
        "The event that says how it ended.",
    ),
    Rule(
        r"\b(?:held|holds?) against\b|\bholding what\b",
        "compare with",
        USUAL,
        "Names are held against a list.",
        "Names are compared with a list.",
    ),
    Rule(
        r"\b(?:database|service|broker|site|server|worker)s? (?:is|are|was|were) away\b",
        "is unavailable",
        USUAL,
        "While the database is away.",
        "While the database is unavailable.",
    ),
    Rule(
        r"\bat the door\b",
        "immediately, before it is stored",
        OLD,
        "It is refused at the door.",
        "It is refused immediately.",
    ),
    Rule(
        r"\b(?:in|of|for|after|at|by) so (?:many|long|few)\b(?! that)",
        "the number of, this long",
        OLD,
        "A run of so many steps.",
        "A run of this number of steps.",
    ),
    Rule(
        r"\bstill at it\b",
        "still working on it",
        OLD,
        "The worker is still at it.",
        "The worker is still working on it.",
    ),
    Rule(
        r"\b(?:is|are|was|were) to be\b",
        "must be, will be",
        LEGAL,
        "The step is to be undone.",
        "The step must be undone.",
    ),
    Rule(
        r"\b(?:was|were) quicker\b",
        "came first",
        OLD,
        "Another worker was quicker.",
        "Another worker came first, and has quicker disks.",
    ),
    # --- tone
    Rule(r"\bplease\b", "say what to do", "no 'please'", "Please try again.", "Try again."),
    Rule(
        r"\bsimply\b",
        "leave it out",
        "it is not simple for every reader",
        "Simply try again.",
        "Try again, in a simple way.",
    ),
    Rule(
        r"\b(?:of course|obviously|needless to say)\b",
        "leave it out",
        "what is obvious need not be said",
        "Of course it ends.",
        "It ends in the course of a day.",
    ),
    Rule(
        r"[^\W\d_]!(?=\s|$|[\"'”)])",
        "a full stop",
        "no exclamation marks",
        "The run is done!",
        "The run is done: `a != b`, ![image](x.png).",
    ),
    # --- words that were agreed on
    *(
        Rule(re.escape(now).replace(r"\ ", " "), then, AGREED, now, then, SHOWN)
        for now, then in {
            "What is still owed": "Waiting on",
            "to be taken by a worker": "Queued for …; next attempt …",
            "Why it was undone": "Why it rolled back",
            "settled by the rollback": "… of … steps rolled back",
            "Acts of": "Operator actions",
            "Nobody intervened": "No operator actions",
            "Leave it as it is": "Cancel",
            "Start one like this": "Run again with this input",
            "Do not write secrets": "Do not include secrets",
            "anything else finds search values that begin so": "or the start of any search value",
            "does not matter": "Any",
            "Failures of this week": "Failures, last 7 days",
            "in 100 take at most": "p95 duration",
            "The warmer a step": "Colour shows where runs are waiting or failed",
            "new runs get it": "Current",
            "If one thing goes wrong": "Failure simulation",
            "For a person": "Operator",
            "pieces of advice": "suggestions",
            "piece of advice": "suggestion",
            "Width is time": "To scale",
            "too many frames": "Too many messages",
            "Perform the shows": "Play the example sagas",
        }.items()
    ),
]


def broken_by(passage: Passage) -> Iterator[tuple[int, str, Rule]]:
    """Line, words and rule of everything in a passage that breaks a rule."""
    text = passage.text
    for rule in RULES:
        if passage.kind in rule.kinds:
            for found in rule.regex.finditer(text):
                start = found.start() + len(found[0]) - len(found[0].lstrip())
                yield passage.line + text.count("\n", 0, start), " ".join(found[0].split()), rule


def too_long(passage: Passage) -> Iterator[int]:
    """Lines of prose in Markdown that are longer than the limit.

    Tables, headings, lines with a link and lines of one word may be: none of them can be wrapped.
    """
    if passage.kind is Kind.PAGE:
        for number, line in enumerate(passage.source.splitlines(), passage.line):
            if (
                len(line) > LONGEST_LINE
                and not line.lstrip().startswith(("|", "#", "<"))
                and "](" not in line
                and " " in line.strip()
            ):
                yield number


def findings(paths: Iterable[Path]) -> Iterator[Finding]:
    """Everything to rewrite in the files, in order."""
    for path in paths:
        place = path.relative_to(ROOT).as_posix()
        found = []
        for passage in passages(path):
            found += [
                Finding(place, line, words, rule.instead, rule.reason) for line, words, rule in broken_by(passage)
            ]
            for line in too_long(passage):
                found.append(
                    Finding(place, line, "…", f"wrap at {LONGEST_LINE} columns", "a diff of prose can be read")
                )
        yield from sorted(found, key=lambda finding: finding.line)


def within(path: str, place: str) -> bool:
    """True if the file `path` is the `place`, or in the folder `place`."""
    return path == place or path.startswith(f"{place.rstrip('/')}/")


def main() -> int:
    asked = [Path(argument).resolve().relative_to(ROOT).as_posix() for argument in sys.argv[1:]]
    known = [
        path
        for path in files()
        if any(within(path.relative_to(ROOT).as_posix(), place) or place == "." for place in asked or ["."])
    ]
    found = list(findings(known))
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.stdout.write(f"{len(found)} places to rewrite in {len(known)} files.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
