"""What somebody must have in hand before a customer is told no. Pure."""

from dataclasses import dataclass

from warranty.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Denial:
    """What somebody is about to be told no on."""

    cause: str | None
    clause: str | None
    words: str
    photos: int
    proposed_by: str | None
    confirmed_by: str | None = None


def objections(denial: Denial, terms: Terms) -> tuple[str, ...]:
    """Why this denial may not stand: error codes, the first to be put right first. Empty: it may."""
    found: list[str] = []
    if not denial.cause:
        found.append("warranty.no_cause")
    if not denial.clause:
        found.append("warranty.no_clause")
    elif (exclusion := terms.exclusion(denial.cause)) is None or exclusion.clause != denial.clause:
        found.append("warranty.clause_does_not_apply")
    if not denial.words.strip():
        found.append("warranty.no_words")
    if denial.photos < 1:
        found.append("warranty.no_photos")
    if denial.confirmed_by is not None and denial.confirmed_by == denial.proposed_by:
        found.append("warranty.same_person")
    return tuple(found)
