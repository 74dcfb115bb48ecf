import pytest

from engine.errors import InvalidRequest
from engine.media import ImageInput, MediaSpan, VideoInput
from engine.media_prompt import prompt_of_ids, read_placeholder_ids
from tests.engine.fakes import picture

IDS = {ImageInput: 9, VideoInput: 8}


def test_runs_of_placeholders_belong_to_the_inputs_in_order():
    first, second = picture(2), picture(3)

    prompt = prompt_of_ids([1, 9, 9, 5, 9, 9, 9], (first, second), IDS)

    assert prompt.spans == (MediaSpan(1, 2, 0), MediaSpan(4, 3, 1))
    assert prompt.inputs == (first, second)


def test_the_features_of_one_input_may_stand_in_several_places():
    prompt = prompt_of_ids([9, 1, 9, 9, 9], (picture(3), picture(1)), IDS)

    assert prompt.spans == (MediaSpan(0, 1, 0, 0), MediaSpan(2, 2, 0, 1), MediaSpan(4, 1, 1, 0))


def test_a_prompt_without_media_has_no_spans_whatever_its_ids():
    assert prompt_of_ids([1, 9, 9], (), IDS).spans == ()


@pytest.mark.parametrize(
    ("token_ids", "inputs", "ids", "message"),
    [
        ([9, 1], (picture(2),), IDS, "has 1 placeholder tokens left for attachment 1, which takes 2"),
        ([9, 9, 9], (picture(2),), IDS, "has 1 placeholder tokens more than its attachments take"),
        ([1], (picture(1),), {}, "This model does not read pictures"),
    ],
)
def test_placeholders_and_inputs_must_agree(token_ids, inputs, ids, message):
    with pytest.raises(InvalidRequest, match=message):
        prompt_of_ids(token_ids, inputs, ids)


def test_placeholder_ids_come_from_the_configuration():
    pro = {"architectures": ["InternS1ProForConditionalGeneration"], "image_token_id": 5, "video_token_id": 6}
    s1 = {"architectures": ["InternS1ForConditionalGeneration"], "image_token_id": 7}

    assert list(read_placeholder_ids(pro).values()) == [5, 6, 151_685]
    assert list(read_placeholder_ids(s1).values()) == [7, 7, 152_973]
    assert read_placeholder_ids({"architectures": ["Qwen3ForCausalLM"]}) == {}
