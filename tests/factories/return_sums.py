"""What has to add up of a return whose pieces came though it was over."""

from itertools import cycle, groupby
from uuid import UUID

from sqlalchemy import text

from aftersales.work import Work

SAID = """
    SELECT name, sum((data ->> 'quantity')::int) FROM timeline_entry
    WHERE document_id = :id AND name IN ('came_anyway', 'handed_back') GROUP BY name
"""
STEPS = """
    SELECT item, place FROM product_return_movement
    WHERE return_id = :id AND disposition = 'hand_back' ORDER BY item, step
"""


async def handed_back_once(work: Work, return_id: UUID) -> None:
    """Each piece goes back once for each time that it came, and the timeline says of as many what they did."""
    said = {name: int(many) for name, many in await work.session.execute(text(SAID), {"id": return_id})}
    rows = [(row[0], row[1]) for row in await work.session.execute(text(STEPS), {"id": return_id})]
    places = [place for _, place in rows]
    assert said.get("came_anyway", 0) == places.count("hub"), "what came is here, and nothing else"
    assert said.get("handed_back", 0) == places.count("customer"), "what is said to be handed back is theirs again"
    for item, steps in groupby(rows, lambda row: row[0]):
        walked = [place for _, place in steps]
        assert all(here == there for here, there in zip(walked, cycle(("hub", "customer")), strict=False)), (
            f"{item} is handed back once for each time that it came"
        )
