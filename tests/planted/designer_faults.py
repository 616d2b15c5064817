"""Faults to plant in the designer: in the operations on a document, and in the drafts that people edit together."""

from tests.planted.faults import Fault

__all__ = ["DESIGNER"]

OPERATIONS = "tests/canvas/test_operations.py"
PASTING = ("tests/canvas/test_pasting.py",)
GROUPS = ("tests/canvas/test_groups.py",)
DRAFTS = ("tests/designer/test_drafts.py",)
PUBLISHING = ("tests/designer/test_publishing.py",)
WRITING = ("tests/designer/test_write_back.py",)
SPLICE = ("tests/sources/test_splice.py",)

QUOTA = ("tests/designer/test_quota.py",)

DESIGNER = (
    Fault(
        "a list of drafts reads their documents",
        "sagaflow/store/draft_summary.py",
        "closed_at__isnull=True).values(*SHOWN).iterator(chunk_size=500):\n",
        'closed_at__isnull=True).values(*SHOWN, "document").iterator(chunk_size=500):\n        row.pop("document")\n',
        QUOTA,
    ),
    Fault(
        "work with a limit of its own goes on after the time of its answer",
        "sagaflow/core/halting.py",
        "lambda: halt() or outer()",
        "halt",
        ("tests/bombs/test_answers.py::test_a_limit_within_a_limit_ends_with_the_outer_one",),
    ),
    Fault(
        "a draft grows beyond the bytes that its author may have",
        "sagaflow/store/drafts.py",
        "    if not admitted:\n",
        "    if False:\n",
        (f"{QUOTA[0]}::test_a_user_has_no_more_bytes_of_drafts_than_the_setting_says",),
    ),
    Fault(
        "an undo puts elements back in the order in which they went",
        "designer/canvas/changes.py",
        "return tuple(sorted(turned, key=lambda change: change.orders))",
        "return tuple(turned)",
        (OPERATIONS,),
    ),
    Fault(
        "an undo forgets the links of a step that was taken out of a list",
        "designer/canvas/changes.py",
        "yield from _of_mapping(was[name], now[name], (*path, name))",
        "yield from (each for each in _of_mapping(was[name], now[name], (*path, name)) if each.path[-1] != 'after')",
        (OPERATIONS,),
    ),
    Fault(
        "an undo takes back what another person has changed since",
        "designer/canvas/changes.py",
        "if not isinstance(parent, dict) or not same(parent.get(key, NOTHING), change.old):",
        "if not isinstance(parent, dict):",
        (f"{OPERATIONS}::test_an_undo_of_what_others_changed_since_is_refused_with_the_place",),
    ),
    Fault(
        "a new name misses the steps that name it as a predecessor",
        "designer/canvas/elements.py",
        'other["after"] = [self.name if name == old else name for name in other["after"]]\n'
        "        for _, other in draft.steps():\n            repoint",
        "pass\n        for _, other in draft.steps():\n            repoint",
        (f"{OPERATIONS}::test_a_name_changes_everywhere_and_nothing_else_does",),
    ),
    Fault(
        "a new name misses the input of an undo",
        "designer/canvas/pointers.py",
        "for holder in (step, undo if isinstance(undo, dict) else {}):",
        "for holder in (step,):",
        (f"{OPERATIONS}::test_a_renamed_step_is_found_in_the_input_of_an_undo",),
    ),
    Fault(
        "a step that is dropped in between leaves the old link",
        "designer/canvas/steps.py",
        "wanted[name] = (wanted.get(name, set()) - set(place.after)) | last",
        "wanted[name] = wanted.get(name, set()) | last",
        (f"{OPERATIONS}::test_a_step_comes_to_the_place_where_it_was_dropped_and_no_other_link_changes",),
    ),
    Fault(
        "a link stays that no event of a wait holds",
        "designer/canvas/draft.py",
        "all(is_implied(inner, other, wanted) for other in more)",
        "True",
        (f"{OPERATIONS}::test_a_step_that_reacts_to_what_another_one_waits_for_cannot_come_before_it",),
    ),
    Fault(
        "what follows a deleted step starts at once",
        "designer/canvas/steps.py",
        "            open_.extend(inner.get(name, set()))\n",
        "",
        (f"{OPERATIONS}::test_what_is_left_after_a_deletion_waits_for_the_same_steps",),
    ),
    Fault(
        "joined segments run beside each other",
        "designer/canvas/segments.py",
        "draft.link({name: (inner[name] or ends) if name in own else inner[name] for name in inner})",
        "draft.link(inner)",
        (f"{OPERATIONS}::test_a_segment_that_is_split_and_joined_again_is_as_it_was",),
    ),
    Fault(
        "a step that is brought back forgets its neighbours",
        "designer/canvas/groups.py",
        'for key in ("after", "before"))\n                step',
        'for key in ("before", "before"))\n                step',
        GROUPS,
    ),
    Fault(
        "an edit keeps what was undone",
        "sagaflow/store/drafts.py",
        "    edits.filter(undone=True).delete()\n",
        "",
        DRAFTS,
    ),
    Fault(
        "an edit that is sent twice is applied twice",
        "designer/drafts/editing.py",
        "        if drafts.has(line, key):\n            return Done()\n",
        "",
        DRAFTS,
    ),
    Fault(
        "an undo takes back what the page has not shown",
        "designer/drafts/editing.py",
        "    if line.revision != revision:",
        "    if line.revision < revision:",
        DRAFTS,
    ),
    Fault(
        "a draft leaves the scope of its author",
        "designer/drafts/reach.py",
        "draft.document if document is None else document, draft.base)",
        "draft.document, draft.base)",
        DRAFTS,
    ),
    Fault(
        "a team named in a draft takes the saga of another team over",
        "designer/drafts/reach.py",
        "    return _why_not(user, permission, (*about, *_now(draft.saga)))\n",
        "    return _why_not(user, permission, about)\n",
        ("tests/access/test_takeover.py",),
    ),
    Fault(
        "a draft is published without the permission",
        "designer/drafts/publishing.py",
        '        reach.check(user, "publish_saga", line)\n',
        "",
        PUBLISHING,
    ),
    Fault(
        "a version shows a field that its publisher may not see",
        "designer/drafts/publishing.py",
        "        unmasking.check(user, line.document)\n",
        "",
        PUBLISHING,
    ),
    Fault(
        "a version that is restored shows a field that its publisher may not see",
        "designer/drafts/publishing.py",
        "    unmasking.check(user, wanted.document)\n    note",
        "    note",
        PUBLISHING,
    ),
    Fault(
        "a command publishes what shows a masked field without a word",
        "sagaflow/management/sub/import_.py",
        "if not options.unmask and (shown",
        "if options.unmask and (shown",
        (
            "tests/cli/test_definitions.py::test_a_version_that_shows_what_is_masked_is_published_only_when_that_is_said",
        ),
    ),
    Fault(
        "a version hands a field to a sub-saga that shows it",
        "sagaflow/unmasking.py",
        "(*unmasked_elsewhere(saga, known), *sensitive_key(saga))",
        "sensitive_key(saga)",
        PUBLISHING,
    ),
    Fault(
        "a draft overwrites the version of another person",
        "designer/drafts/publishing.py",
        "    if newest.digest != draft.base_digest:",
        "    if newest.number == 0:",
        PUBLISHING,
    ),
    Fault(
        "a draft overwrites a file that has changed",
        "designer/drafts/write_back.py",
        "saga_files.replace(path, line.base_text.encode(), ",
        "saga_files.replace(path, path.read_bytes(), ",
        WRITING,
    ),
    Fault(
        "an edit that no longer fits a newer saga is left out in silence",
        "designer/drafts/rebasing.py",
        "        if lost and not leave_out:\n",
        "        if lost and leave_out:\n",
        WRITING,
    ),
    Fault(
        "a change of a text takes along the space behind it",
        "sagaflow/sources/splice.py",
        "            place = edit.end\n",
        "            place = edit.end + (self.text[edit.end : edit.end + 2] == '  ')\n",
        SPLICE,
    ),
)
