from assistant.access.attempts import MAX_KEYS, PERIOD_S, Attempts


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_after_the_limit_one_waits_until_the_oldest_try_is_a_minute_old():
    clock = Clock()
    attempts = Attempts(2, clock)

    attempts.add("alice")
    clock.now = 10.0
    attempts.add("alice")

    assert attempts.wait_s("alice") == PERIOD_S - 10
    assert attempts.wait_s("bob") == 0
    clock.now = PERIOD_S
    assert attempts.wait_s("alice") == 0


def test_what_is_forgotten_counts_no_more():
    attempts = Attempts(1)
    attempts.add("alice")

    attempts.forget("alice")

    assert attempts.wait_s("alice") == 0


def test_the_number_of_those_remembered_is_bounded():
    attempts = Attempts(1)

    for number in range(MAX_KEYS + 1):
        attempts.add(number)

    assert attempts.wait_s(0) == 0
    assert attempts.wait_s(1) > 0
