"""What is said in a call and what a key means. Pure: where the call stands and what happened in, what comes next out.

Whoever carries a call out tells what `happened`, does what the turn asks for (`do`) and tells what came of it, until
there is nothing left to do; then it says the turn's words and listens for `keys` keys, or hangs up if there are none.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

REPEAT, PERSON = "1", "9"
FIRST_ANSWER, LAST_ANSWER = 2, 8
CODE_KEYS, NUMBER_KEYS, FEWEST = 6, 6, 4
MAX_TURNS, MAX_SILENT, MAX_WRONG = 25, 2, 3
_AT_ONCE = 2


class Stage(StrEnum):
    """What the caller is being asked for."""

    NUMBER = "number"
    MENU = "menu"
    CODE = "code"
    OVER = "over"


class Say(StrEnum):
    """One thing that is said; `phrases` has its words."""

    WELCOME = "welcome"
    WORDS = "words"
    MENU = "menu"
    ASK_NUMBER = "ask_number"
    NUMBER_UNKNOWN = "number_unknown"
    NOT_A_KEY = "not_a_key"
    CODE_SENT = "code_sent"
    TYPE_CODE = "type_code"
    CODE_SHORT = "code_short"
    CODE_WRONG = "code_wrong"
    CODE_SPENT = "code_spent"
    CODE_TOO_OFTEN = "code_too_often"
    DONE = "done"
    NOT_ANSWERABLE = "not_answerable"
    CALL_BACK = "call_back"
    NO_NUMBER = "no_number"
    GOODBYE = "goodbye"


class Want(StrEnum):
    """What has to be done before the call goes on."""

    FIND_CASE = "find_case"
    SEND_CODE = "send_code"
    TRY_CODE = "try_code"
    CALL_BACK = "call_back"


class Happened(StrEnum):
    """What a call has come to: the first three are the caller's, the others answer what was wanted."""

    BEGAN = "began"
    PRESSED = "pressed"
    SILENT = "silent"
    CASE_FOUND = "case_found"
    CASE_UNKNOWN = "case_unknown"
    CODE_SENT = "code_sent"
    CODE_TOO_OFTEN = "code_too_often"
    CODE_WRONG = "code_wrong"
    ANSWERED = "answered"
    NOT_ANSWERABLE = "not_answerable"
    PROMISED = "promised"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the call just now.

    `known` that it concerns a matter of ours, `told` that this is settled enough to speak of it; `answers` name what
    may be answered, in the order of their keys; `code_at_hand` that the call itself has spoken the code; `reachable`
    that there is a number to call back.
    """

    known: bool
    told: bool
    answers: tuple[str, ...] = ()
    code_at_hand: bool = False
    reachable: bool = True

    def answer(self, key: str) -> str | None:
        """What a key answers."""
        keyed = {str(FIRST_ANSWER + place): name for place, name in enumerate(self.answers)}
        return keyed.get(key) if key <= str(LAST_ANSWER) else None


@dataclass(frozen=True, slots=True)
class State:
    """Where a call stands between two turns. `answer` is the one that the code is typed for."""

    stage: Stage = Stage.MENU
    answer: str | None = None
    silent: int = 0
    wrong: int = 0
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next. With `do` set, first that; `digits` are what it needs."""

    state: State
    say: tuple[Say, ...] = ()
    keys: int = 0
    do: Want | None = None
    digits: str = field(default="", repr=False)

    def kept(self) -> dict[str, Any]:
        """Everything but what was typed, ready for JSON."""
        return {"state": asdict(self.state), "say": list(self.say), "keys": self.keys}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """A turn as `kept` wrote it."""
        state = State(**kept["state"] | {"stage": Stage(kept["state"]["stage"])})
        return cls(state, tuple(Say(one) for one in kept["say"]), kept["keys"])


def step(state: State, happened: Happened, facts: Facts, keys: str = "") -> Turn:
    """What comes next in a call that stands at `state`. `keys` are those that were pressed."""
    state = replace(state, turns=state.turns + 1)
    if state.stage is Stage.OVER or state.turns > MAX_TURNS:
        return _over(state, Say.GOODBYE)
    if happened in _RESULTS:
        return _result(state, happened, facts)
    if happened is Happened.BEGAN:
        return _began(state, facts)
    if happened is Happened.SILENT or not keys:
        return _silent(state, facts)
    if keys == PERSON:
        return _call_back(state, facts)
    pressed = {Stage.NUMBER: _number, Stage.CODE: _code, Stage.MENU: _menu}
    return pressed[state.stage](state, keys, facts)


_RESULTS = frozenset(Happened) - {Happened.BEGAN, Happened.PRESSED, Happened.SILENT}


def _began(state: State, facts: Facts) -> Turn:
    if not facts.known:
        return _call_back(state, facts)
    return _told(state) if facts.told else _ask_number(state, Say.WELCOME)


def _silent(state: State, facts: Facts) -> Turn:
    state = replace(state, silent=state.silent + 1)
    if state.silent < MAX_SILENT:
        return _again(state)
    # Whoever called us and could not say what about is called back, whatever the reason.
    return _over(state, Say.GOODBYE) if facts.told else _call_back(state, facts)


def _again(state: State, *first: Say) -> Turn:
    """The same question once more."""
    if state.stage is Stage.NUMBER:
        return _ask_number(state, *first)
    if state.stage is Stage.CODE:
        return Turn(state, (*first, Say.TYPE_CODE), CODE_KEYS)
    return Turn(state, (*first, Say.MENU), 1)


def _number(state: State, keys: str, facts: Facts) -> Turn:
    if len(keys) < FEWEST:
        return _unknown(state, facts)
    return Turn(state, do=Want.FIND_CASE, digits=keys)


def _menu(state: State, keys: str, facts: Facts) -> Turn:
    if keys == REPEAT:
        return _told(state)
    answer = facts.answer(keys)
    if answer is None:
        state = replace(state, silent=state.silent + 1)
        over = state.silent > MAX_SILENT
        return _over(state, Say.GOODBYE) if over else _again(state, Say.NOT_A_KEY)
    state = replace(state, answer=answer, silent=0)
    if facts.code_at_hand:
        return Turn(replace(state, stage=Stage.CODE), (Say.TYPE_CODE,), CODE_KEYS)
    return Turn(state, do=Want.SEND_CODE)


def _code(state: State, keys: str, facts: Facts) -> Turn:
    if keys == REPEAT:
        return Turn(state, (Say.WORDS, Say.TYPE_CODE), CODE_KEYS)
    if len(keys) != CODE_KEYS:
        return _wrong(state, Say.CODE_SHORT)
    if state.answer not in facts.answers:
        return _result(state, Happened.NOT_ANSWERABLE, facts)
    return Turn(state, do=Want.TRY_CODE, digits=keys)


def _result(state: State, happened: Happened, facts: Facts) -> Turn:
    match happened:
        case Happened.CASE_FOUND if facts.told:
            return _told(replace(state, stage=Stage.MENU, silent=0, wrong=0))
        case Happened.CASE_UNKNOWN | Happened.CASE_FOUND:
            return _unknown(state, facts)
        case Happened.CODE_SENT:
            return Turn(replace(state, stage=Stage.CODE), (Say.CODE_SENT, Say.TYPE_CODE), CODE_KEYS)
        case Happened.CODE_TOO_OFTEN:
            return _again(replace(state, stage=Stage.MENU, answer=None), Say.CODE_TOO_OFTEN)
        case Happened.CODE_WRONG:
            return _wrong(state, Say.CODE_WRONG)
        case Happened.ANSWERED:
            return _over(state, Say.DONE, Say.GOODBYE)
        case Happened.NOT_ANSWERABLE:
            return _again(replace(state, stage=Stage.MENU, answer=None), Say.NOT_ANSWERABLE)
        case _:
            # Whoever is promised a call before anything was said does not know yet whom they have reached.
            first = (Say.WELCOME,) if state.turns == _AT_ONCE else ()
            return _over(state, *first, Say.CALL_BACK, Say.GOODBYE)


def _wrong(state: State, why: Say) -> Turn:
    state = replace(state, wrong=state.wrong + 1)
    if state.wrong >= MAX_WRONG:
        return _over(state, Say.CODE_SPENT, Say.GOODBYE)
    return Turn(state, (why, Say.TYPE_CODE), CODE_KEYS)


def _unknown(state: State, facts: Facts) -> Turn:
    state = replace(state, wrong=state.wrong + 1)
    if state.wrong >= MAX_WRONG:
        return _call_back(state, facts)
    return _ask_number(state, Say.NUMBER_UNKNOWN)


def _call_back(state: State, facts: Facts) -> Turn:
    # What cannot be kept is not promised.
    return Turn(state, do=Want.CALL_BACK) if facts.reachable else _over(state, Say.WELCOME, Say.NO_NUMBER, Say.GOODBYE)


def _told(state: State) -> Turn:
    return Turn(replace(state, stage=Stage.MENU), (Say.WORDS, Say.MENU), 1)


def _ask_number(state: State, *first: Say) -> Turn:
    return Turn(replace(state, stage=Stage.NUMBER), (*first, Say.ASK_NUMBER), NUMBER_KEYS)


def _over(state: State, *say: Say) -> Turn:
    return Turn(replace(state, stage=Stage.OVER), say)
