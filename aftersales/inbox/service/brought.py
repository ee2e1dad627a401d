"""The files that came with a message, and what is said about those that are not taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aftersales.config import Settings
from aftersales.errors import Problem, TooLarge
from aftersales.inbox import texts
from aftersales.updates.channels import MAX_FILES, Refusal

_WORDS: Mapping[Refusal, str] = {
    Refusal.LARGE: texts.FILE_LARGE,
    Refusal.KIND: texts.FILE_KIND,
    Refusal.MANY: texts.FILE_MANY,
    Refusal.BROKEN: texts.TOO_LARGE,
}
_KINDS = frozenset({"files.unknown_type", "files.heic"})


@dataclass(frozen=True, slots=True)
class Brought:
    """What came along, not yet looked into, and why more of it is not here."""

    files: tuple[bytes, ...] = ()
    refused: frozenset[Refusal] = frozenset()


def refusal(problem: Problem) -> Refusal:
    """Why a file was not kept, in the few words that are of use to whoever sent it."""
    if isinstance(problem, TooLarge):
        return Refusal.LARGE
    return Refusal.KIND if problem.code in _KINDS else Refusal.BROKEN


def said(refused: Iterable[Refusal]) -> list[str]:
    """The texts about what is not taken, each once; `values` are theirs."""
    return [_WORDS[one] for one in Refusal if one in set(refused)]


def values(settings: Settings) -> dict[str, str]:
    """What the texts name."""
    return {"most": str(MAX_FILES), "most_mb": str(settings.upload_max_bytes // (1024 * 1024))}
