"""What is said with a one-time code, by its purpose."""

from collections.abc import Mapping
from dataclasses import dataclass

from aftersales.i18n import N_


@dataclass(frozen=True, slots=True)
class CodeText:
    """One message. `{code}` is six digits, `{until}` when they end."""

    text: str
    subject: str
    body: str


_ALL = (
    CodeText(
        "code.arrival",
        N_("Your code for our technician's visit"),
        N_(
            "{name}, our technician is on the way to you about your {product} ({number}).\n\n"
            "When they stand at your door, tell them this code: {code}. It shows that they have really come, and it is "
            "good until {until}.\n\nTell it to nobody on the phone, not even to us. If nobody comes, call {phone}."
        ),
    ),
    CodeText(
        "code.hand_over",
        N_("Your code for receiving your {product}"),
        N_(
            "{name}, we are bringing your {product} back to you ({number}).\n\n"
            "When it stands with you and you have seen it run, tell our technician this code: {code}. It says that you "
            "have received it, and it is good until {until}.\n\nTell it to nobody before that. If something is not "
            "right, keep the code and call {phone}."
        ),
    ),
    CodeText(
        "code.approval",
        N_("Your code for answering our estimate"),
        N_(
            "{name}, with this code you answer our estimate for your {product} ({number}): {code}\n\n"
            "Enter it on the page where you asked for it. It is good until {until}, and nothing is decided before "
            "you enter it.\n\nTell it to nobody, not even to us. If you did not ask for it, leave it be and call "
            "{phone}."
        ),
    ),
)

CODE_TEXTS: Mapping[str, CodeText] = {text.text.removeprefix("code."): text for text in _ALL}
"""By the purpose of the code."""
