"""What customers are told about a payment beyond what its invoice says: that it failed, or came back to them."""

from aftersales.i18n import N_
from aftersales.module import Tell
from billing.tells import amount_words

TELLS = (
    Tell(
        machine="payment",
        to="failed",
        text="payment.failed",
        subject=N_("{number}: your payment did not go through"),
        body=N_(
            "{name}, your payment for your {product} did not go through, and we have received no money. If your bank "
            "has taken it all the same, it gives it back by itself.\n\n"
            "Please pay once more, or when we come: {link}\n\nIf it fails again, call {owner}: {phone}."
        ),
        sms=N_("your payment for your {product} ({number}) did not go through. How you can pay: {link}"),
        whatsapp=N_(
            "Your payment for your {product} did not go through, and we have received no money. If your bank has "
            "taken it all the same, it gives it back by itself.\n\nPlease pay once more, or when we come: {link}"
        ),
        voice=N_(
            "Your payment for your {product} did not go through, and we have received no money. If your bank has taken "
            "it all the same, it gives it back by itself. Please pay once more, or when we come."
        ),
        push=N_("We have received no money. Please pay once more, or when we come."),
        roles=("owner", "payer"),
        alone=True,
    ),
    Tell(
        machine="payment",
        to="partly_refunded",
        text="payment.partly_refunded",
        subject=N_("{number}: we have paid {amount} back to you"),
        body=N_(
            "{name}, we have paid {amount} of your payment for your {product} back to you.\n\nIt goes back the way you "
            "paid; your bank tells you when it has arrived. If it does not come, call {owner}: {phone}. What it is for "
            "is shown here: {link}"
        ),
        sms=N_("we have paid {amount} of your payment for your {product} back to you. Details: {link}"),
        whatsapp=N_(
            "We have paid *{amount}* of your payment for your {product} back to you.\n\nIt goes back the way you paid; "
            "your bank tells you when it has arrived."
        ),
        voice=N_(
            "We have paid {amount} of your payment for your {product} back to you. It goes back the way you paid. Your "
            "bank tells you when it has arrived."
        ),
        push=N_("It goes back the way you paid. Your bank tells you when it has arrived."),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
    Tell(
        machine="payment",
        to="refunded",
        text="payment.refunded",
        subject=N_("{number}: we have paid {amount} back to you"),
        body=N_(
            "{name}, we have paid {amount} back to you. With that you have back all that you paid for your "
            "{product}.\n\nIt goes back the way you paid; your bank tells you when it has arrived. If it does not "
            "come, call {owner}: {phone}. What it is for is shown here: {link}"
        ),
        sms=N_(
            "we have paid {amount} back to you, all that was left of your payment for your {product}. Details: {link}"
        ),
        whatsapp=N_(
            "We have paid *{amount}* back to you. With that you have back all that you paid for your {product}.\n\nIt "
            "goes back the way you paid; your bank tells you when it has arrived."
        ),
        voice=N_(
            "We have paid {amount} back to you. With that you have back all that you paid for your {product}. It goes "
            "back the way you paid. Your bank tells you when it has arrived."
        ),
        push=N_("With that you have back all that you paid."),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
)
