"""The case follows its documents."""

from aftersales.cases.service import follow_documents
from aftersales.module import Posted
from aftersales.work import Work


async def follow(work: Work, posted: Posted) -> None:
    """After any change of another document on the stream."""
    await follow_documents(work, posted.stream_id)
