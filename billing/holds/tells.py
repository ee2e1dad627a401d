"""What customers are told about a security that they are to block themselves."""

from collections.abc import Mapping

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant
from aftersales.i18n.brief import brief_day
from aftersales.module import Posted, Tell
from aftersales.status import documents
from aftersales.work import Work
from billing.holds import repository
from billing.tells import amount_words


async def words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{amount}`, and `{until}` when the customer is waited for."""
    system = work.as_system()
    about = await documents.get(system.session, system.scope, posted.document_id)
    branch = await auth.branch(system.session, system.scope, about.branch_id)
    row = (await repository.at_gateways(system.session, system.scope, {posted.document_id}))[posted.document_id]
    zone = work.zone or branch.timezone
    return {
        **await amount_words(work, posted, language),
        "until": format_instant(row.asked_until, zone, language, home=branch.timezone),
        "until_short": brief_day(row.asked_until, zone, language, home=branch.timezone),
    }


TELLS = (
    Tell(
        machine="hold",
        to="asked",
        text="hold.asked",
        subject=N_("{number}: please block {amount} on your card"),
        body=N_(
            "{name}, you get another product before the old one is back with us. For that, please block {amount} on "
            "your card by {until}.\n\nNothing is charged: the amount is only held, and released as soon as the old one "
            "is with us. When it is held, we send the new one. It is done here: {link}\n\nOr call {owner}: {phone}."
        ),
        sms=N_("please block {amount} on your card by {until}; nothing is charged. Then we send the new one: {link}"),
        whatsapp=N_(
            "You get another product before the old one is back with us. For that, please block *{amount}* on your "
            "card by *{until}*.\n\nNothing is charged: the amount is only held, and released as soon as the old one is "
            "with us. When it is held, we send the new one. It is done here: {link}"
        ),
        voice=N_(
            "You get another product before the old one is back with us. For that, please block {amount} on your card "
            "by {until}. Nothing is charged. The link for it is in our message, or call us."
        ),
        push=N_("By {until}, please. Nothing is charged, and then we send the new one."),
        roles=("owner", "payer"),
        alone=True,
        variables=words,
    ),
    Tell(
        machine="hold",
        to="asked_anew",
        text="hold.asked_anew",
        subject=N_("{number}: please block {amount} on your card once more"),
        body=N_(
            "{name}, your bank will soon release the amount that we hold until your old product is with us. Please "
            "block {amount} on your card once more by {until}.\n\nNothing is charged: as soon as it is held again, the "
            "earlier amount is released. It is done here: {link}\n\nIf the old product is on its way already, or you "
            "have a question, call {owner}: {phone}."
        ),
        sms=N_(
            "please block {amount} on your card once more by {until}; nothing is charged, the earlier amount is "
            "released: {link}"
        ),
        whatsapp=N_(
            "Your bank will soon release the amount that we hold until your old product is with us. Please block "
            "*{amount}* on your card once more by *{until}*.\n\nNothing is charged: as soon as it is held again, the "
            "earlier amount is released. It is done here: {link}"
        ),
        voice=N_(
            "Your bank will soon release the amount that we hold until your old product is with us. Please block "
            "{amount} on your card once more by {until}. Nothing is charged. The link for it is in our message, or "
            "call us."
        ),
        push=N_("By {until}, please. Nothing is charged, and the earlier amount is released."),
        roles=("owner", "payer"),
        alone=True,
        variables=words,
    ),
)
