"""What may get in the way of a case, counted over cases of the same model and fault. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MINIMUM = 20
"""Cases without which no share is named."""


@dataclass(frozen=True, slots=True)
class Done:
    """A case that has ended, and what came in its way: a second visit, a wait for parts, a repair that did not pay."""

    model: str
    fault: str
    second: bool
    parts: bool
    beyond: bool


@dataclass(frozen=True, slots=True)
class Signs:
    """Whole percentages of `counted` cases; none where those are too few to tell."""

    counted: int
    shares: Mapping[str, int]


class Counts:
    """Cases that have ended, counted by model and fault."""

    def __init__(self, cases: Iterable[Done]) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}
        for one in cases:
            for key in {(one.model, one.fault), (one.model, "")}:
                sums = self._counts.setdefault(key, [0, 0, 0, 0])
                for place, found in enumerate((True, one.second, one.parts, one.beyond)):
                    sums[place] += found

    def of(self, model: str, fault: str) -> Signs:
        """For a case of this model and fault; of the model alone where of both there are fewer than `MINIMUM`."""
        if not model:
            return Signs(0, {})
        exact = self._counts.get((model, fault), [0, 0, 0, 0])
        sums = exact if exact[0] >= MINIMUM else self._counts.get((model, ""), exact)
        if sums[0] < MINIMUM:
            return Signs(sums[0], {})
        return Signs(
            sums[0],
            {name: round(100 * sums[place] / sums[0]) for place, name in enumerate(("second", "parts", "beyond"), 1)},
        )
