"""The paper that goes with a text: drawn as it is sent, for its recipient alone, and never worth a lost word."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from aftersales.errors import Conflict
from aftersales.module import Module
from aftersales.registry import Registry
from aftersales.scope import Scope
from aftersales.status import documents
from aftersales.told import Paper
from aftersales.updates.channels import Enclosure
from aftersales.work import Work
from tests.factories.channels import Carrier, Wire
from tests.factories.updates import JOB, World
from tests.factories.ways import over, tells, told

PDF = b"%PDF-1.7 of the job"


class Drawn:
    """What was asked to be drawn, and in whose scope; it fails as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[Scope, str]] = []
        self.number = "KKP/26\r\n000001"
        self.fails: Exception | None = None
        self.breaks = False

    async def draw(self, work: Work, document_id: UUID, language: str) -> tuple[str, bytes]:
        assert (await documents.get(work.session, work.scope, document_id)).machine == "job"
        self.asked.append((work.scope, language))
        if self.breaks:
            await work.session.execute(text("SELECT 1 / 0"))
        if self.fails is not None:
            raise self.fails
        return self.number, PDF


def papered(town: World, drawn: Drawn) -> World:
    paper = Paper("job", drawn.draw)
    own = tuple(replace(one, paper=paper, alone=True) if one.text == "job.noted" else one for one in tells())
    telling = Module(name="telling", title="Telling", package="aftersales", machines=(JOB,), tells=own)
    kernel = [module for module in town.registry.modules if module.name != "telling"]
    return replace(town, registry=Registry([*kernel, telling]))


async def test_it_is_drawn_for_whoever_gets_it_and_by_channels_that_carry_it(town: World) -> None:
    drawn = Drawn()
    sms, email = Wire("sms"), Carrier("email")
    [update] = await told(over(papered(town, drawn), email), "noted")
    [letter] = [one for one in email.letters if one.message_id == update.message_id]
    assert letter.paper == Enclosure("job-KKP-26-000001.pdf", PDF)
    [(scope, language)] = drawn.asked
    assert (scope.person_id, scope.stream_id, scope.read_only) == (town.padma, update.stream_id, True)
    assert (scope.grants, language) == ({}, "te")
    await told(over(papered(town, drawn), email), "start")
    await told(over(papered(town, drawn), sms), "noted")
    assert len(drawn.asked) == 1, "neither another text nor a channel that carries none asks for it"
    assert [one.paper for one in sms.letters] == [None] * len(sms.letters)


async def test_whatever_becomes_of_it_the_words_go(town: World) -> None:
    drawn, email = Drawn(), Carrier("email")
    town = over(papered(town, drawn), email)
    for trouble in (Conflict("return.no_label", "There is none."), RuntimeError("a defect")):
        drawn.fails = trouble
        [update] = await told(town, "noted")
        assert (update.state, email.letters[-1].paper) == ("sent", None)
    drawn.fails, drawn.breaks = None, True
    [update] = await told(town, "noted")
    assert (update.state, email.letters[-1].paper) == ("sent", None), "nor does a transaction that it broke"
    drawn.breaks, email.max_paper = False, len(PDF) - 1
    [update] = await told(town, "noted")
    assert (update.state, email.letters[-1].paper) == ("sent", None)
    email.max_paper = len(PDF)
    await told(town, "noted")
    assert email.letters[-1].paper is not None
