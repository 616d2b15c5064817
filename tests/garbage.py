"""Python looks for garbage less often in tests, and never in what was imported, which took a seventh of their time.

The modules are a quarter of a million objects that live until the end. Garbage without cycles goes as soon as ever.
"""

import gc

THRESHOLDS = 10_000, 20, 20
"""The objects that are new before Python looks at them, and the looks after which it includes older ones."""


def pytest_configure() -> None:
    gc.set_threshold(*THRESHOLDS)


def pytest_collection_finish() -> None:
    gc.freeze()
