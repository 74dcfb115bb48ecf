from assistant.cancel import CancelToken


def test_a_cancel_interrupts_what_is_waiting():
    token = CancelToken()
    interrupted = []

    with token.interrupting(lambda: interrupted.append("inner")):
        token.cancel()

    assert token.is_cancelled
    assert interrupted == ["inner"]


def test_a_cancel_that_came_before_interrupts_at_once():
    token = CancelToken()
    token.cancel()
    interrupted = []

    with token.interrupting(lambda: interrupted.append("late")):
        assert interrupted == ["late"]


def test_a_second_cancel_interrupts_nothing_again():
    token = CancelToken()
    interrupted = []

    with token.interrupting(lambda: interrupted.append("once")):
        token.cancel()
        token.cancel()

    assert interrupted == ["once"]


def test_what_has_ended_is_not_interrupted():
    token = CancelToken()
    interrupted = []
    with token.interrupting(lambda: interrupted.append("ended")):
        pass

    token.cancel()

    assert interrupted == []


def test_an_error_inside_passes_through_and_is_not_interrupted_later():
    token = CancelToken()
    interrupted = []
    try:
        with token.interrupting(lambda: interrupted.append("ended")):
            raise ValueError
    except ValueError:
        token.cancel()

    assert interrupted == []
