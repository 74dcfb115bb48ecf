import pytest

from assistant.prompt_check import PromptLimits, PromptRefusal, check_prompt

LIMITS = PromptLimits(max_length=5_000, max_run_length=100)


@pytest.mark.parametrize(
    "text",
    [
        "Draw aspirin.",
        "画出 CC(=O)Oc1ccccc1C(=O)O 的结构",
        "C" * 100,
        "word " * 1_000,
        "分子" * 2_500,
        f"{'C' * 60} and {'N' * 60}",
    ],
)
def test_a_message_within_the_limits_passes(text):
    assert check_prompt(text, LIMITS) is None


@pytest.mark.parametrize("text", ["", " ", "\n\t\n", "\u3000"])
def test_an_empty_message_is_refused_with_an_example(text):
    refusal = check_prompt(text, LIMITS)

    assert refusal is not None
    assert refusal.sentence == "The message is empty. Write a question, for example: Draw caffeine."


def test_a_message_that_is_too_long_is_refused_with_both_numbers():
    refusal = check_prompt("word " * 1_001, LIMITS)

    assert refusal == PromptRefusal("too_long", 5_005, 5_000)
    assert refusal.sentence == "The message is 5,005 characters long; the limit is 5,000. Shorten it or split it."


def test_a_molecule_that_is_too_long_to_copy_is_refused_with_both_numbers():
    refusal = check_prompt(f"Draw {'C(=O)N' * 20}, please", LIMITS)

    assert refusal == PromptRefusal("run_too_long", 120, 100)
    assert refusal.sentence == (
        "The message holds a molecule or sequence of 120 characters; this model copies at most 100 without a mistake. "
        "Give a shorter one, or its name."
    )


def test_the_default_limit_of_a_molecule_is_that_of_the_tools():
    assert check_prompt("C" * 2_000, PromptLimits()) is None
    assert check_prompt("C" * 2_001, PromptLimits()) == PromptRefusal("run_too_long", 2_001, 2_000)


def test_half_of_a_character_is_refused():
    refusal = check_prompt("Draw \ud83d", LIMITS)

    assert refusal is not None and refusal.sentence == "Character 6 of the message is broken. Type it again."
