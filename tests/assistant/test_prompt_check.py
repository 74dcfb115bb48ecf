from dataclasses import replace

import pytest

from assistant.attachments.attachment import Attachment, Question
from assistant.prompt_check import PromptLimits, PromptRefusal, check_prompt, check_question
from assistant.ui.strings import Words
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO

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
def test_an_empty_message_is_refused(text):
    assert check_prompt(text, LIMITS) == PromptRefusal("empty")


def test_a_message_that_is_too_long_is_refused_with_both_numbers():
    refusal = check_prompt("word " * 1_001, LIMITS)

    assert refusal == PromptRefusal("too_long", 5_005, 5_000)


def test_a_molecule_that_is_too_long_to_copy_is_refused_with_both_numbers():
    refusal = check_prompt(f"Draw {'C(=O)N' * 20}, please", LIMITS)

    assert refusal == PromptRefusal("run_too_long", 120, 100)


def test_the_default_limit_of_a_molecule_is_that_of_the_tools():
    assert check_prompt("C" * 2_000, PromptLimits()) is None
    assert check_prompt("C" * 2_001, PromptLimits()) == PromptRefusal("run_too_long", 2_001, 2_000)


def test_half_of_a_character_is_refused():
    assert check_prompt("Draw \ud83d", LIMITS) == PromptRefusal("half_character", 6)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", ["", "word " * 1_001, "C" * 101, "\ud83d"])
def test_every_refusal_has_a_sentence_in_both_languages(text, language):
    refusal = check_prompt(text, LIMITS)

    assert refusal is not None
    sentence = Words(language)(refusal.code, length=refusal.length, limit=refusal.limit)

    assert "{" not in sentence and sentence.endswith((".", "。"))


PICTURE = Attachment("1" * 64, "gel.png", "image", 1000)
SIGNAL = Attachment("2" * 64, "quake.npy", "signal", 1000)
SIGNALS_ONLY = replace(INTERN_S1_PRO, kinds=("signal",))


@pytest.mark.parametrize("text", ["What is this?", ""])
def test_files_pass_with_and_without_a_word(text):
    assert check_question(Question(text, (PICTURE, SIGNAL)), LIMITS, INTERN_S1_PRO) is None


@pytest.mark.parametrize(
    ("attachments", "settings", "refusal"),
    [
        pytest.param((PICTURE,), None, PromptRefusal("text_only"), id="text-only"),
        pytest.param((PICTURE, SIGNAL), INTERN_S1, PromptRefusal("no_signals"), id="no-signals"),
        pytest.param((PICTURE,), SIGNALS_ONLY, PromptRefusal("no_videos"), id="no-pictures"),
        pytest.param((PICTURE,) * 7, INTERN_S1_PRO, PromptRefusal("too_many_files", 7, 6), id="too-many"),
    ],
)
def test_files_that_the_model_cannot_read_are_refused(attachments, settings, refusal):
    assert check_question(Question("What?", attachments), LIMITS, settings) == refusal
    assert Words("en")(refusal.code, length=refusal.length, limit=refusal.limit)


def test_the_text_beside_files_is_checked_as_well():
    question = Question("word " * 1_001, (PICTURE,))

    assert check_question(question, LIMITS, INTERN_S1_PRO).code == "too_long"


def test_a_text_only_model_reads_text():
    assert check_question(Question("Draw aspirin."), LIMITS, None) is None
    assert check_question(Question(" "), LIMITS, None) == PromptRefusal("empty")
