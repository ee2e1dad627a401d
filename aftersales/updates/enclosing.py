"""The paper that goes with a letter, drawn as it is sent."""

import logging
import re
from dataclasses import replace

from aftersales.auth.rules import customer_scope
from aftersales.errors import Problem
from aftersales.updates.channels import Carrying, Channel, Enclosure
from aftersales.updates.records import Claimed
from aftersales.work import Work

_logger = logging.getLogger(__name__)
_ODD = re.compile(r"[^A-Za-z0-9-]+")


async def enclosed(work: Work, claimed: Claimed, channel: Channel) -> Enclosure | None:
    """The paper of the text in the recipient's language, by what their own page may see. None where the text has none,
    the channel carries none, there is none to be had any more, or it is too large: never is a text lost over it.

    What drawing it raises, apart from a refusal, is logged: it is a defect.
    """
    paper = work.registry.papers.get(claimed.text)
    if paper is None or not isinstance(channel, Carrying):
        return None
    theirs = replace(work, scope=customer_scope(claimed.person_id, claimed.stream_id, read_only=True))
    try:
        async with work.session.begin_nested():
            number, content = await paper.draw(theirs, claimed.document_id, claimed.language)
    except Problem:
        return None
    except Exception:
        _logger.exception("no paper for the update %s", claimed.id)
        return None
    if len(content) > channel.max_paper:
        return None
    return Enclosure(f"{paper.name}-{_ODD.sub('-', number)}.pdf", content)
