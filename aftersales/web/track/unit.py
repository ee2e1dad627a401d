"""The customer's page of a unit outside any case: what modules keep of it, such as its warranty."""

from fastapi import Request, Response

from aftersales.customers import repository as customers
from aftersales.errors import Problem
from aftersales.i18n import language_name, language_or_default, translator
from aftersales.products import repository as products
from aftersales.status.documents import DocumentView
from aftersales.web.panels import panels
from aftersales.web.refusals import for_customer
from aftersales.web.track.frame import frame, of_unit, reader, shown
from aftersales.work import Work


async def show_unit(request: Request, work: Work, language: str, *, problem: Problem | None = None) -> Response:
    """The page: the product, a card of each module that has something to say to this person, how we write to them.

    Raises NotFound for a link that opens no unit.
    """
    context = await frame(request, work, await of_unit(work), language)
    system, person = work.as_system(), await reader(work)
    unit = await products.unit(system.session, system.scope, work.scope.own_stream)
    extra = {"zone": context["zone"], "read_only": work.scope.read_only}
    cards = await panels(request, work, "track.unit", "card", unit.id, language=language, context=extra)
    _ = translator(language).gettext
    written = language_name(language_or_default(person.language), language)
    context |= {
        "unit": {"name": unit.product_name, "kind": _(unit.category_name), "serial": unit.serial},
        "cards": cards,
        "preferences": {
            "text": _("We write to you in %(language)s.") % {"language": written},
            "url": "/track/preferences",
            "label": _("How we reach you"),
        },
        "problem": for_customer(problem, language) if problem is not None else None,
    }
    return shown(request, "track/unit.html", context, language, problem.status if problem is not None else 200)


async def of_household(work: Work, document: DocumentView) -> bool:
    """Whether a document on a unit's own stream is of the household of whoever has opened their link to it."""
    if document.stream_id != document.unit_id or work.scope.person_id is None:
        return False
    system = work.as_system()
    person = await customers.person(system.session, system.scope, work.scope.person_id)
    if document.customer_id == person.customer_id:
        return True
    unit = await products.unit(system.session, system.scope, document.stream_id)
    return unit.customer_id == person.customer_id
