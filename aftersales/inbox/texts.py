"""What the automatic answers say. Every one of them ends with how to reach a person.

The kernel's words about the matter come before: `{standing}` is the newest text that still holds.
"""

from aftersales.i18n import N_

PERSON = N_("To speak to a person, reply “call me” or ring {phone}.")
STANDING = N_("{name}, about your {product} ({number}):\n\n{standing}")
TURN = N_("The next step is yours: {link}")
PAGE = N_("Your page, always up to date: {link}")
NOTHING_YET = N_("We have your request, and {owner} looks after it. We write to you as soon as the next step is fixed.")
NO_COST = N_("We have not named an amount yet. Whatever costs money, we ask you first.")
READS = N_("{name}, thank you for your message. {owner} reads it and answers you by {when}.")
CALLS = N_("{name}, {owner} will call you by {when}.")
GLAD = N_("Thank you, {name}. We are glad to help.")

STOPPED = N_("You get no more messages from us here. Reply START if you want them again.")
STARTED = N_("You get our messages here again. Reply STOP at any time to end them.")
WRITES = N_("From now on we write to you in English.")
CANNOT_WRITE = N_("We cannot write in that language yet. A person can help you: ring {phone}.")

WHICH = N_("You have several requests with us. Which one do you mean? Reply with its number:\n\n{list}")
NUMBER = N_(
    "More than one household uses this phone. Please send us the number of your request. It stands in every message "
    "from us, and on your paper."
)
NOT_FOUND = N_("We find no open request with this number for you. Please look at the number again.")
PHOTO_AND_PLACE = N_(
    "Thank you for writing to us. To send somebody, we need two things: a photo of the product, and the six digits of "
    "your PIN code. Please send them here."
)
PHOTO = N_("Thank you. Please send a photo of the product too, so that we bring what is needed.")
PLACE = N_("Thank you for the photo. Please send the six digits of your PIN code too, so that the right centre comes.")
DRAFTED = N_("Thank you, we have your request. A coordinator looks at it and writes to you by {when}.")
DECLINED = N_("We are sorry: we cannot take this request. {reason}")
TOO_LARGE = N_("One of your files could not be opened. Please send a photo that is not too large.")
FILE_LARGE = N_("One of your files is larger than {most_mb} MB, and we could not take it. Please send a smaller one.")
FILE_KIND = N_("One of your files is of a kind that we cannot take. Please send it as a photo or a PDF.")
FILE_MANY = N_("We take {most} files with one message. Please send the others with another message.")

WROTE_SUBJECT = N_("A message about your request {number}")
WROTE = N_("{name}, {owner} writes to you about your request {number}:\n\n{words}")
WROTE_SMS = N_("{owner} has written to you about your request {number}. Read it here: {link}")
WROTE_WHATSAPP = N_("{owner} has written to you about your request *{number}*. Read it here: {link}")
WROTE_VOICE = N_("{owner} has written to you about your request. Please open your page, or ring us.")
WROTE_PUSH = N_("{owner} has written to you. Open your page to read it.")
SUBJECT = N_("Your message to us")
