import pytest

from engine.dialects.segments import Control, Placeholder, encode_segments, joined, segments_text
from engine.errors import InvalidRequest
from engine.media import MediaSpan
from tests.engine.dialects.media import picture
from tests.engine.tiny_tokenizer import write_tokenizer

THINK = Control("<think>")


@pytest.fixture
def tokenizer(tmp_path):
    return write_tokenizer(tmp_path, merges=(("a", "b"),))


def test_neighbouring_texts_are_joined_and_empty_ones_dropped():
    segments = ["a", "", "b", THINK, "", THINK, "c", ""]

    assert joined(segments) == ["ab", THINK, THINK, "c"]


def test_ids_do_not_depend_on_how_a_text_was_put_together(tokenizer):
    assert encode_segments(["a", "b"], tokenizer).token_ids == tokenizer.encode("ab")


def test_a_control_token_is_one_id_and_the_same_letters_in_a_text_are_not(tokenizer):
    (control,) = encode_segments([THINK], tokenizer).token_ids

    ids = encode_segments(["<think>"], tokenizer).token_ids

    assert control not in ids
    assert tokenizer.decode(ids) == tokenizer.decode([control]) == "<think>"


def test_a_control_token_that_the_vocabulary_lacks_is_text(tokenizer):
    ids = encode_segments(["a", Control("b"), "c"], tokenizer).token_ids

    assert ids == tokenizer.encode("abc")


def test_a_placeholder_is_as_many_ids_as_it_counts_and_says_where_they_stand(tokenizer):
    inputs = (picture(2), picture(4))
    segments = ["x", Placeholder("<think>", 2, 0), "yz", Placeholder("<think>", 1, 1), Placeholder("<think>", 3, 1, 1)]

    prompt = encode_segments(segments, tokenizer, inputs)

    think = tokenizer.control_id("<think>")
    assert prompt.token_ids == [ord("x"), think, think, ord("y"), ord("z"), *[think] * 4]
    assert prompt.spans == (MediaSpan(1, 2, 0), MediaSpan(5, 1, 1), MediaSpan(6, 3, 1, first_feature=1))
    assert prompt.inputs == inputs


def test_a_placeholder_that_the_vocabulary_lacks_is_refused(tokenizer):
    with pytest.raises(
        InvalidRequest, match=r"This model's vocabulary has no <\|image_pad\|>, so it reads text only\."
    ):
        encode_segments([Placeholder("<|image_pad|>", 2, 0)], tokenizer, (picture(2),))


def test_the_text_of_segments_shows_every_token():
    assert segments_text(["a", THINK, Placeholder("<x>", 3, 0)]) == "a<think><x><x><x>"
