"""What is said in a call and what a key means."""

from hypothesis import given
from hypothesis import strategies as st

from aftersales.voice.flow import MAX_TURNS, Facts, Happened, Say, Stage, State, Turn, Want, step

ANSWERS = ("estimate.approve", "estimate.decline")
TOLD = Facts(known=True, told=True, answers=ANSWERS)
SHARED = Facts(known=True, told=False)


def pressed(turn: Turn, keys: str, facts: Facts = TOLD) -> Turn:
    return step(turn.state, Happened.PRESSED, facts, keys)


def begun(facts: Facts = TOLD) -> Turn:
    return step(State(), Happened.BEGAN, facts)


def test_the_update_is_spoken_first_and_key_1_repeats_it() -> None:
    turn = begun()
    assert turn.say == (Say.WORDS, Say.MENU)
    assert turn.keys == 1
    assert pressed(turn, "1").say == (Say.WORDS, Say.MENU)


def test_key_9_asks_for_a_call_from_everywhere() -> None:
    code = step(pressed(begun(), "2").state, Happened.CODE_SENT, TOLD)
    for turn, facts in ((begun(), TOLD), (code, TOLD), (begun(SHARED), SHARED)):
        wanted = pressed(turn, "9", facts)
        assert wanted.do is Want.CALL_BACK
        over = step(wanted.state, Happened.PROMISED, facts)
        assert (over.say, over.keys, over.state.stage) == ((Say.CALL_BACK, Say.GOODBYE), 0, Stage.OVER)


def test_an_answer_is_taken_after_its_code_alone() -> None:
    sent = pressed(begun(), "3")
    assert (sent.do, sent.state.answer) == (Want.SEND_CODE, "estimate.decline")
    asked = step(sent.state, Happened.CODE_SENT, TOLD)
    assert (asked.keys, asked.state.stage) == (6, Stage.CODE)
    tried = pressed(asked, "123456")
    assert (tried.do, tried.digits, tried.state.answer) == (Want.TRY_CODE, "123456", "estimate.decline")
    assert step(tried.state, Happened.ANSWERED, TOLD).say == (Say.DONE, Say.GOODBYE)


def test_a_call_that_speaks_the_code_sends_no_other() -> None:
    facts = Facts(known=True, told=True, answers=ANSWERS, code_at_hand=True)
    assert pressed(begun(facts), "2", facts).say == (Say.TYPE_CODE,)


def test_the_third_wrong_code_ends_the_call() -> None:
    turn = step(pressed(begun(), "2").state, Happened.CODE_SENT, TOLD)
    for _ in range(2):
        turn = step(pressed(turn, "000000").state, Happened.CODE_WRONG, TOLD)
        assert turn.say == (Say.CODE_WRONG, Say.TYPE_CODE)
    assert step(pressed(turn, "000000").state, Happened.CODE_WRONG, TOLD).say == (Say.CODE_SPENT, Say.GOODBYE)


def test_what_was_answered_meanwhile_is_not_tried() -> None:
    turn = step(pressed(begun(), "2").state, Happened.CODE_SENT, TOLD)
    later = pressed(turn, "123456", Facts(known=True, told=True))
    assert (later.do, later.say) == (None, (Say.NOT_ANSWERABLE, Say.MENU))


def test_a_shared_phone_hears_nothing_before_the_number() -> None:
    turn = begun(SHARED)
    assert turn.say == (Say.WELCOME, Say.ASK_NUMBER)
    wanted = pressed(turn, "004217", SHARED)
    assert (wanted.do, wanted.digits) == (Want.FIND_CASE, "004217")
    assert step(wanted.state, Happened.CASE_FOUND, TOLD).say == (Say.WORDS, Say.MENU)
    assert step(wanted.state, Happened.CASE_UNKNOWN, SHARED).say == (Say.NUMBER_UNKNOWN, Say.ASK_NUMBER)


def test_whoever_is_not_known_is_called_back() -> None:
    nobody = Facts(known=False, told=False)
    wanted = begun(nobody)
    assert wanted.do is Want.CALL_BACK
    said = step(wanted.state, Happened.PROMISED, nobody)
    assert (said.say, said.keys) == ((Say.WELCOME, Say.CALL_BACK, Say.GOODBYE), 0)


def test_what_cannot_be_kept_is_not_promised() -> None:
    hidden = Facts(known=False, told=False, reachable=False)
    assert begun(hidden).say == (Say.WELCOME, Say.NO_NUMBER, Say.GOODBYE)


def test_silence_is_asked_once_more_and_then_ends() -> None:
    turn = step(begun().state, Happened.SILENT, TOLD)
    assert turn.say == (Say.MENU,)
    assert step(turn.state, Happened.SILENT, TOLD).say == (Say.GOODBYE,)
    shared = step(begun(SHARED).state, Happened.SILENT, SHARED)
    assert step(shared.state, Happened.SILENT, SHARED).do is Want.CALL_BACK


KEYS = st.one_of(st.just(""), st.sampled_from("0123456789*#"), st.text("0123456789", min_size=1, max_size=8))
OUTCOMES = {
    Want.FIND_CASE: (Happened.CASE_FOUND, Happened.CASE_UNKNOWN),
    Want.SEND_CODE: (Happened.CODE_SENT, Happened.CODE_TOO_OFTEN),
    Want.TRY_CODE: (Happened.CODE_WRONG, Happened.ANSWERED, Happened.NOT_ANSWERABLE),
    Want.CALL_BACK: (Happened.PROMISED,),
}


@given(st.data(), st.booleans(), st.booleans(), st.booleans())
def test_any_call(data: st.DataObject, known: bool, shared: bool, at_hand: bool) -> None:
    """It ends; nothing is told before it is fit; no code is tried without an answer chosen and six digits typed."""
    told = known and not shared
    answers = ANSWERS[: data.draw(st.integers(0, 2))]
    turn = step(State(), Happened.BEGAN, Facts(known, told, answers, at_hand))
    for _ in range(3 * MAX_TURNS):
        facts = Facts(known, told, answers, at_hand)
        assert told or Say.WORDS not in turn.say
        assert Turn.of(turn.kept()) == Turn(turn.state, turn.say, turn.keys)
        if turn.do is None and turn.keys == 0:
            break
        if turn.do is None:
            keys = data.draw(KEYS)
            turn = step(turn.state, Happened.PRESSED if keys else Happened.SILENT, facts, keys)
            continue
        if turn.do is Want.TRY_CODE:
            assert len(turn.digits) == 6
            assert turn.state.stage is Stage.CODE
            assert turn.state.answer in answers
        if turn.do is Want.SEND_CODE:
            assert turn.state.answer in answers
            assert not at_hand
        happened = data.draw(st.sampled_from(OUTCOMES[turn.do]))
        told = told or happened is Happened.CASE_FOUND
        turn = step(turn.state, happened, Facts(known, told, answers, at_hand))
    assert turn.state.stage is Stage.OVER
    assert turn.say
