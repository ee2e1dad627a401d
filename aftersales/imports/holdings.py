"""Files that were taken in lately."""

from collections.abc import Sequence

from sqlalchemy import delete, or_

from aftersales.db.holding import gone, holds
from aftersales.i18n import N_
from aftersales.imports.models import ImportRun
from aftersales.module import Holding
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Every file that names the customer. The rest go by themselves within a week."""
    named = or_(holds("import_run.content", subject.names), holds("import_run.rejects", subject.names))
    return counted([await gone(work.session, N_("Files that were taken in"), delete(ImportRun).where(named))])


HOLDINGS = (
    Holding(
        "imports",
        N_("Files that were taken in"),
        personal=frozenset({"import_run.filename", "import_run.content", "import_run.rejects", "import_run.report"}),
        plain=frozenset({"import_run.what", "import_run.dates", "import_run.region"}),
        erase=erase,
    ),
)
