"""What is said with a one-time code, by its purpose."""

from collections.abc import Mapping
from dataclasses import dataclass

from aftersales.i18n import N_


@dataclass(frozen=True, slots=True)
class CodeText:
    """One message and its forms, as of a `Tell`. `{code}` is six digits, `{until}` when they end."""

    text: str
    subject: str
    body: str
    sms: str
    whatsapp: str
    voice: str
    push: str


_ALL = (
    CodeText(
        "code.arrival",
        subject=N_("Your code for our technician's visit"),
        body=N_(
            "{name}, our technician is on the way to you about your {product} ({number}).\n\nWhen they stand at your "
            "door, tell them this code: {code}. It shows that they have really come, and it is good until {until}.\n\n"
            "Do not tell it to anyone on the phone, not even to us. If nobody comes, call {phone}."
        ),
        sms=N_(
            "{code} is your code for our technician's visit, good until {until}. "
            "Tell it at your door, to nobody on the phone."
        ),
        whatsapp=N_(
            "Our technician is on the way to you about your {product}. When they stand at your door, tell them this "
            "code: *{code}*. It is good until {until}.\n\nDo not tell it to anyone on the phone, not even to us."
        ),
        voice=N_(
            "Our technician is on the way to you. When they stand at your door, tell them this code: {code}. Once "
            "more: {code}. Do not tell it to anyone on the phone."
        ),
        push=N_("{code}, good until {until}. Tell it at your door, to nobody on the phone."),
    ),
    CodeText(
        "code.hand_over",
        subject=N_("Your code for receiving your {product}"),
        body=N_(
            "{name}, we are bringing your {product} back to you ({number}).\n\nWhen it is in place and you have seen "
            "it run, tell our technician this code: {code}. It confirms that you have received it, and it is good "
            "until {until}.\n\nDo not tell it to anyone before that. If something is not right, keep the code and call "
            "{phone}."
        ),
        sms=N_(
            "{code} is your code for receiving your {product}, good until {until}. "
            "Tell it to our technician once you have seen it run."
        ),
        whatsapp=N_(
            "We are bringing your {product} back to you. When it is in place and you have seen it run, tell our "
            "technician this code: *{code}*. It is good until {until}.\n\nIf something is not right, keep the code and "
            "tell us."
        ),
        voice=N_(
            "We are bringing your {product} back to you. When you have seen it run, tell our technician this code: "
            "{code}. Once more: {code}. If something is not right, keep the code and call us."
        ),
        push=N_("{code}, good until {until}. Tell it to our technician once you have seen it run."),
    ),
    CodeText(
        "code.approval",
        subject=N_("Your code for answering our estimate"),
        body=N_(
            "{name}, with this code you answer our estimate for your {product} ({number}): {code}\n\nEnter it on the "
            "page where you asked for it. It is good until {until}, and nothing is decided before you enter it.\n\nDo "
            "not tell it to anyone, not even to us. If you did not ask for it, do not use it, and call {phone}."
        ),
        sms=N_(
            "{code} is your code for answering the estimate for your {product}, good until {until}. Do not tell it to "
            "anyone, not even to us."
        ),
        whatsapp=N_(
            "*{code}* is your code for answering the estimate for your {product}. Enter it on the page where you asked "
            "for it. It is good until {until}.\n\nDo not tell it to anyone, not even to us."
        ),
        voice=N_(
            "This is your code for answering the estimate for your {product}: {code}. Once more: {code}. Do not tell "
            "it to anyone, not even to us."
        ),
        push=N_("{code}, good until {until}. Do not tell it to anyone, not even to us."),
    ),
    CodeText(
        "code.preferences",
        subject=N_("Your code for changing how we reach you"),
        body=N_(
            "{name}, with this code you change how we reach you: {code}\n\nEnter it on the page where you asked for "
            "it. It is good until {until}, and nothing changes before you enter it.\n\nDo not tell it to anyone, not "
            "even to us. If you did not ask for it, do not use it, and call {phone}."
        ),
        sms=N_(
            "{code} is your code for changing how we reach you, good until {until}. Do not tell it to anyone, not even "
            "to us."
        ),
        whatsapp=N_(
            "*{code}* is your code for changing how we reach you. Enter it on the page where you asked for it. It is "
            "good until {until}.\n\nDo not tell it to anyone, not even to us."
        ),
        voice=N_(
            "This is your code for changing how we reach you: {code}. Once more: {code}. Do not tell it to anyone, not "
            "even to us."
        ),
        push=N_("{code}, good until {until}. Do not tell it to anyone, not even to us."),
    ),
    CodeText(
        "code.returns",
        subject=N_("Your code for giving a product back"),
        body=N_(
            "{name}, with this code you begin to give back or exchange your {product}: {code}\n\nEnter it on the page "
            "where you asked for it. It is good until {until}, and nothing happens before you enter it.\n\nDo not tell "
            "it to anyone, not even to us. If you did not ask for it, do not use it, and call {phone}."
        ),
        sms=N_(
            "{code} is your code for giving back or exchanging your {product}, good until {until}. Do not tell it to "
            "anyone, not even to us."
        ),
        whatsapp=N_(
            "*{code}* is your code for giving back or exchanging your {product}. Enter it on the page where you asked "
            "for it. It is good until {until}.\n\nDo not tell it to anyone, not even to us."
        ),
        voice=N_(
            "This is your code for giving back or exchanging your {product}: {code}. Once more: {code}. Do not tell it "
            "to anyone, not even to us."
        ),
        push=N_("{code}, good until {until}. Do not tell it to anyone, not even to us."),
    ),
)

CODE_TEXTS: Mapping[str, CodeText] = {text.text.removeprefix("code."): text for text in _ALL}
"""By the purpose of the code."""
