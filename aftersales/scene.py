"""What a cue of the play sees: whose work it is, the document it is about, and chances that fall the same each time."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from PIL import Image, ImageDraw

from aftersales.files import service as files

if TYPE_CHECKING:
    from aftersales.status.documents import DocumentView
    from aftersales.work import Work

T = TypeVar("T")
SIZE = (960, 720)


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of one case. `found` are all documents of the case, whoever may see them; `order` counts the cases of
    the play from zero. Before the case is opened there is no `document` and nothing `found`."""

    work: Work
    branch_id: UUID
    seed: int
    order: int
    document: DocumentView | None = None
    found: Sequence[DocumentView] = ()

    @property
    def about(self) -> DocumentView:
        """The document that the cue waited for."""
        assert self.document is not None, "this cue waits for no document"  # noqa: S101 - a mistake in a manifest
        return self.document

    def has(self, machine: str, *, running: bool = False) -> bool:
        """Whether the case has such a document, or one that has not ended."""
        return any(d.machine == machine and not (running and d.category == "done") for d in self.found)

    def chance(self, what: str, share: float | Fraction) -> bool:
        """Whether `what` happens in this case, as it does in this share of all: the same with the same seed."""
        return self._dice(what).random() < share

    def pick(self, what: str, choices: Sequence[T]) -> T:
        """One of the choices: the same with the same seed."""
        return self._dice(what).choice(choices)

    async def photo(self, kind: str) -> UUID:
        """Take a photo and keep it with the document, as an upload would be. Answers its id."""
        kept = await files.store(
            self.work,
            stream_id=self.about.stream_id,
            document_id=self.about.id,
            kind=kind,
            filename=f"{kind}.jpg",
            data=drawn(self._dice(kind)),
        )
        return kept.id

    def _dice(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.order}/{what}")  # noqa: S311 - a story, no secret


def drawn(dice: random.Random) -> bytes:
    """A picture of something white in a tiled room, as JPEG."""
    wall = dice.randrange(150, 210)
    image = Image.new("RGB", SIZE, (wall, wall - 12, wall - 30))
    draw = ImageDraw.Draw(image)
    for x in range(0, SIZE[0], 120):
        draw.line((x, 0, x, 520), fill=(wall - 20, wall - 30, wall - 46), width=3)
    draw.rectangle((0, 520, *SIZE), fill=(108, 92, 78))
    left = dice.randrange(220, 380)
    draw.rounded_rectangle((left, 150, left + 330, 610), 18, fill=(238, 240, 240), outline=(168, 172, 174), width=4)
    draw.ellipse((left + 65, 300, left + 265, 500), fill=(70, 82, 92), outline=(150, 156, 160), width=14)
    draw.rectangle((left + 20, 175, left + 310, 235), fill=(214, 218, 220))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
