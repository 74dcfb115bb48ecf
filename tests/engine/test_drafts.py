import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drafts import Drafter, PromptLookup, num_agreeing


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ([], []),
        ([1], []),
        ([1, 2, 3, 4], []),
        ([1, 2, 9, 8, 7, 1, 2], [9, 8, 7, 1]),  # two tokens are known
        ([5, 1, 2, 9, 4, 1, 2, 8, 5, 1, 2], [9, 4, 1, 2]),  # three tokens, though two stood together later
        ([1, 2, 3, 7, 1, 2, 3, 8, 1, 2, 3], [8, 1, 2, 3]),  # the last time counts
        ([6, 6, 6], [6, 6, 6, 6]),
        ([3, 4, 3, 4, 3], [4, 3, 4, 3]),
        ([0, 256, 0, 1, 256, 0, 1], [256, 0, 1, 256]),
        ([1, 256, 65536, 1, 0, 0], []),  # equal bytes at the border of two ids are no match
    ],
    ids=str,
)
def test_what_followed_the_last_time_is_guessed(text, guess):
    assert PromptLookup(text).guess(4) == guess


def by_definition(text, num_tokens):
    for length in (3, 2):
        for start in range(len(text) - length - 1, -1, -1):
            if text[start : start + length] == text[len(text) - length :]:
                going_on = text[start + length :]
                return (going_on * num_tokens)[:num_tokens]
    return []


@given(
    prompt=st.lists(st.sampled_from([0, 1, 2, 255, 256, 65536, 2**24]), max_size=30),
    answer=st.lists(st.sampled_from([0, 1, 2, 256]), max_size=8),
    num_tokens=st.integers(1, 6),
)
@settings(max_examples=500, deadline=None)
def test_guesses_are_those_of_the_definition(prompt, answer, num_tokens):
    lookup = PromptLookup(prompt)
    for token_id in answer:
        lookup.append(token_id)

    assert lookup.guess(num_tokens) == by_definition(prompt + answer, num_tokens)


def test_drafts_grow_while_they_are_right_and_start_small_again():
    drafter = Drafter([1, 2] * 20, max_tokens=12)

    lengths = []
    for num_refused in (0, 0, 0, 1, 0):
        draft = drafter.draft(100)
        lengths.append(len(draft))
        drafter.learn(len(draft), len(draft) - num_refused)

    assert lengths == [3, 7, 12, 12, 3]
    assert len(drafter.draft(2)) == 2
    assert drafter.draft(0) == [] and drafter.draft(-1) == []


def test_after_a_refusal_there_are_no_drafts_for_a_while():
    drafter = Drafter([1, 2] * 20, max_tokens=12)

    pauses = []
    for _ in range(8):
        drafter.learn(3, 0)
        pause = 0
        while not drafter.draft(5):
            drafter.append(1)
            drafter.append(2)
            pause += 2
        pauses.append(pause)
    drafter.learn(3, 1)

    assert pauses == [2, 4, 8, 16, 32, 64, 64, 64]
    assert drafter.draft(5) != []


@pytest.mark.parametrize(
    ("draft", "chosen", "num"),
    [([], [5], 0), ([1, 2], [1, 2, 3], 2), ([1, 2], [1, 3, 3], 1), ([1, 2], [2, 2, 2], 0), ([1, 2], [1, None, 4], 1)],
)
def test_a_draft_counts_up_to_its_first_wrong_token(draft, chosen, num):
    assert num_agreeing(draft, chosen) == num
