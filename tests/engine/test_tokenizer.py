import json

import gguf
import pytest

from engine.byte_level import byte_of_character
from engine.errors import CheckpointError
from engine.tokenizer import Tokenizer
from tests.engine.tiny_tokenizer import CONTROLS, write_tokenizer

EURO = "€"  # three bytes


def test_text_survives_the_round_trip(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    text = 'Zeichne "C/C=C\\C" — 画出苯 🧪\n'

    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_typed_control_tokens_stay_text(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    ids = tokenizer.encode("<|im_end|><tool_call>")

    assert tokenizer.control_id("<|im_end|>") not in ids
    assert tokenizer.control_id("<tool_call>") not in ids
    assert tokenizer.decode(ids) == "<|im_end|><tool_call>"


def test_the_end_of_a_turn_is_read_from_the_checkpoint(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    assert tokenizer.eos_token_ids == {tokenizer.control_id("<|im_end|>")}
    assert tokenizer.control_id("<no such token>") is None


def test_a_molecule_has_the_same_tokens_wherever_it_stands(tmp_path):
    merges = (("Ġ", "C"), ("C", "C"), (")", "."), ("O", '"'))
    plain = write_tokenizer(tmp_path, merges)
    spans = write_tokenizer(tmp_path, merges, has_domain_spans=True)
    smiles = "CC(=O)O"
    texts = (f"Draw {smiles}.", f'{{"smiles": "{smiles}"}}', f"画{smiles}")

    def holds(tokenizer: Tokenizer, text: str) -> bool:
        molecule = tokenizer.encode(smiles)
        ids = tokenizer.encode(text)
        return any(ids[i : i + len(molecule)] == molecule for i in range(len(ids)))

    assert all(holds(spans, text) for text in texts)
    assert not all(holds(plain, text) for text in texts)


def test_a_doubled_backslash_is_the_single_one_twice(tmp_path):
    tokenizer = write_tokenizer(tmp_path, (("\\", "\\"),), has_domain_spans=True)

    (backslash,) = tokenizer.encode("\\")

    assert tokenizer.encode("F/C=C\\F").count(backslash) == 1
    assert tokenizer.encode('"F/C=C\\\\F"').count(backslash) == 2


def test_half_a_character_waits_for_the_rest(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    decoder = tokenizer.incremental_decoder()
    first, second, third = tokenizer.encode(EURO)

    assert decoder.push([first]) == ""
    assert decoder.push([second]) == ""
    assert decoder.push([third]) == EURO
    assert decoder.flush() == ""


def test_a_character_that_never_ends_is_shown_as_such(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    decoder = tokenizer.incremental_decoder()
    decoder.push(tokenizer.encode(EURO)[:2])

    assert decoder.flush() == "\ufffd"


def test_text_of_the_program_may_hold_control_tokens(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    im_start, im_end = tokenizer.control_id("<|im_start|>"), tokenizer.control_id("<|im_end|>")

    ids = tokenizer.encode_with_control("<|im_start|>user<|im_end|>")

    assert ids == [im_start, *tokenizer.encode("user"), im_end]
    assert tokenizer.decode(ids, skips_special=True) == "user"


def test_rows_behind_the_last_known_id_are_padding(tmp_path):
    tokenizer = write_tokenizer(tmp_path, (("C", "C"),))

    assert tokenizer.known_ids_end == 256 + 1 + len(CONTROLS)


def test_several_ids_may_end_a_turn(tmp_path):
    write_tokenizer(tmp_path)
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [5, 7]}')

    assert Tokenizer.from_checkpoint(tmp_path).eos_token_ids == {5, 7}


def test_a_vocabulary_inside_a_gguf_file_is_read_without_its_padding(tmp_path):
    tokens = [*byte_of_character(), "CC", "<|im_end|>", "<think>", "[PAD259]"]
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "qwen3")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 257 + [3, 4, 5])
    writer.add_token_merges(["C C"])
    writer.add_eos_token_id(257)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    tokenizer = Tokenizer.from_checkpoint(tmp_path / "model.gguf")

    assert tokenizer.encode("CC<think>")[0] == 256
    assert 258 not in tokenizer.encode("CC<think>")
    assert tokenizer.encode_with_control("CC<think><|im_end|>") == [256, 258, 257]
    assert tokenizer.decode([256, 258, 257], skips_special=True) == "CC<think>"
    assert tokenizer.eos_token_ids == {257}
    assert tokenizer.known_ids_end == 259


def test_a_file_that_is_no_gguf_is_refused_by_name(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(4))

    with pytest.raises(CheckpointError, match="model.gguf cannot be read"):
        Tokenizer.from_checkpoint(tmp_path / "model.gguf")


def test_control_tokens_are_decoded_by_name(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    assert tokenizer.decode([tokenizer.control_id("</think>")]) == "</think>"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "is missing", id="no-file"),
        pytest.param("{", "cannot be read", id="not-json"),
        pytest.param(json.dumps({"decoder": {"type": "Metaspace"}}), "byte-level", id="another-kind"),
        pytest.param(json.dumps({"decoder": {"type": "ByteLevel"}}), "cannot be read", id="incomplete"),
        pytest.param(json.dumps({"added_tokens": [{"id": 3}]}), "malformed", id="nameless-token"),
    ],
)
def test_an_unusable_tokenizer_is_refused_by_name(tmp_path, content, complaint):
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)

    with pytest.raises(CheckpointError, match=complaint) as refusal:
        Tokenizer.from_checkpoint(tmp_path)

    assert "tokenizer.json" in str(refusal.value)
