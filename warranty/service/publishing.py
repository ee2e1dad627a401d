"""Publishing warranty terms: the next version, checked to say in words all that it names."""

from aftersales.errors import Invalid
from aftersales.i18n import N_
from aftersales.policies import service as policies
from aftersales.policies.repository import PolicyView
from aftersales.work import Work
from warranty.schemas import PublishTerms
from warranty.service.entitlement import KIND, TERMS


async def publish(work: Work, body: PublishTerms) -> PolicyView:
    """Publish. Raises Invalid (`warranty.clause_without_words`) and whatever `policies.publish` raises."""
    if missing := sorted(body.terms.clauses() - body.words.keys()):
        raise Invalid(
            "warranty.clause_without_words",
            N_("The customer must be able to read every clause. Without words: {names}.").format(
                names=", ".join(missing)
            ),
            errors=[{"field": f"words.{clause}", "problem": "missing"} for clause in missing],
        )
    return await policies.publish(
        work,
        kind=KIND,
        code=body.code,
        effective_from=body.effective_from,
        terms=TERMS.dump_python(body.terms, mode="json"),
        words=body.words,
    )
