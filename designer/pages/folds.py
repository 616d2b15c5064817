"""The folded segments of a definition's drawing, as the address ``?fold=a,b`` says, with a link for each segment."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from designer.pages.flowchart_files import NOTHING
from sagaflow.core.definition.parts import Segment
from sagaflow.core.definition.saga import Saga
from sagaflow.flowchart.folding import folded_at_first

__all__ = ["FoldLink", "Folds"]


@dataclass(frozen=True, slots=True)
class FoldLink:
    """A segment, whether it is folded, and the address at which it is not as it is now."""

    segment: Segment
    folded: bool
    address: str


@dataclass(frozen=True, slots=True)
class Folds:
    """The folded segments by name, and a link for each segment; none where there is only one segment."""

    folded: frozenset[str]
    links: tuple[FoldLink, ...]

    @classmethod
    def of(cls, request: HttpRequest, *sagas: Saga, unfolded: Iterable[str] = ()) -> "Folds":
        """Read the address. A large saga starts folded, except the segments ``unfolded``."""
        segments = {segment.name: segment for saga in sagas for segment in saga.segments}
        if given := request.GET.get("fold", ""):
            folded = frozenset(segments.keys() & set(given.split(",")))
        else:
            folded = frozenset[str]().union(*map(folded_at_first, sagas)) - set(unfolded)
        links = [
            FoldLink(segment, name in folded, _address(request, segments, folded ^ {name}))
            for name, segment in segments.items()
        ]
        return cls(folded, tuple(links) if len(links) > 1 else ())


def _address(request: HttpRequest, segments: Iterable[str], folded: Iterable[str]) -> str:
    names = set(folded)
    query = request.GET.copy()
    query["fold"] = ",".join(name for name in segments if name in names) or NOTHING
    return "?" + urlencode(sorted(query.items()))
