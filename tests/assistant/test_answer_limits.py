from assistant.answer_limits import AnswerLimits, Refusal

LIMITS = AnswerLimits(of_all=5, of_session=2)


def test_a_session_has_its_own_limit_and_others_go_on():
    running = ["a", "a", "b"]

    assert LIMITS.refusal("a", running) == Refusal("too_many_own", 2)
    assert LIMITS.refusal("b", running) is None
    assert LIMITS.refusal("c", running) is None


def test_all_together_have_a_limit():
    assert LIMITS.refusal("z", ["a", "b", "c", "d", "e"]) == Refusal("too_many_all", 5)
    assert LIMITS.refusal("z", ["a", "b", "c", "d"]) is None
