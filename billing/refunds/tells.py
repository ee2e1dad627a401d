"""What customers are told about a refund."""

from aftersales.i18n import N_
from aftersales.module import Tell
from billing.tells import amount_words

TELLS = (
    Tell(
        machine="refund",
        to="paid",
        text="refund.paid",
        subject=N_("{number}: we have paid {amount} back to you"),
        body=N_(
            "{name}, we have paid {amount} back to you for your {product}.\n\nIt goes back the way you paid; your bank "
            "tells you when it has arrived. If it does not come, call {owner}: {phone}. What it is for is shown here: "
            "{link}"
        ),
        sms=N_("we have paid {amount} back to you for your {product}. Details: {link}"),
        whatsapp=N_(
            "We have paid *{amount}* back to you for your {product}.\n\nIt goes back the way you paid; your bank tells "
            "you when it has arrived."
        ),
        voice=N_(
            "We have paid {amount} back to you for your {product}. It goes back the way you paid. Your bank tells you "
            "when it has arrived."
        ),
        push=N_("It goes back the way you paid. Your bank tells you when it has arrived."),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
)
