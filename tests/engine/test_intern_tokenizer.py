import json
import random
import unicodedata

import pytest

from engine.errors import CheckpointError, InvalidRequest
from engine.tokenizer import Tokenizer, has_tokenizer
from engine.unicode_nfc import nfc
from tests.engine.tiny_intern_tokenizer import SMILES, write_pro_folder, write_qwen_folder, write_s1_folder
from tests.golden import GOLDEN, needs_golden

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PROTEIN = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"
MARKERS = ["<SMILES_AUTO_DETECT>", "</SMILES_AUTO_DETECT>", "<XNA_AUTO_DETECT>", "<MOLFORMULA>", "</MOLFORMULA>"]


@pytest.fixture
def pro(tmp_path):
    return Tokenizer.from_checkpoint(write_pro_folder(tmp_path), uses_rdkit=True)


@pytest.fixture
def s1(tmp_path):
    return Tokenizer.from_checkpoint(write_s1_folder(tmp_path), uses_rdkit=True)


@pytest.fixture(scope="module")
def released():
    return Tokenizer.from_checkpoint(GOLDEN / "pro-tiny" / "checkpoint", uses_rdkit=True)


def released_controls():
    return json.loads((GOLDEN / "pro-tiny" / "checkpoint" / "added_tokens.json").read_text())


def golden_cases():
    lines = (GOLDEN / "tokenizer-pro" / "cases.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


@needs_golden
@pytest.mark.parametrize("uses_rdkit", [True, False], ids=["rdkit", "rules"])
def test_every_released_string_has_its_ids_and_every_id_its_text(uses_rdkit):
    tokenizer = Tokenizer.from_checkpoint(GOLDEN / "pro-tiny" / "checkpoint", uses_rdkit)

    for case in golden_cases():
        ids, decoded = case["ids_rdkit"], case["decoded"]
        if not uses_rdkit:
            ids = ids if case["ids_no_rdkit"] is None else case["ids_no_rdkit"]
            decoded = decoded if case["decoded_no_rdkit"] is None else case["decoded_no_rdkit"]
        assert tokenizer.encode_with_control(case["text"]) == ids, case["text"]
        assert tokenizer.decode(ids) == decoded


@needs_golden
def test_decoding_can_skip_what_only_shapes_a_prompt(released):
    for case in golden_cases():
        skipped = case["decoded"] if case["decoded_skip_special"] is None else case["decoded_skip_special"]
        assert released.decode(case["ids_rdkit"], skips_special=True) == skipped


@needs_golden
def test_the_released_folder_is_read_whole(released):
    assert released.eos_token_ids == {151643, 151645}
    assert released.known_ids_end == 154766  # 242 rows of padding follow
    assert released.control_id("<TS_CONTEXT>") == 151685
    assert "RDKit" in repr(released)


@needs_golden
def test_text_of_all_control_tokens_gives_none_and_is_shown_unchanged(released):
    controls = released_controls()
    text = "\n".join([*controls, *MARKERS, "<|SMILES_CC|>", "▁", *(f"{tag}{ASPIRIN}{tag}" for tag in controls)])

    ids = released.encode(text)

    assert not set(ids) & set(controls.values())
    assert released.decode(ids) == text


@needs_golden
def test_random_text_survives_and_never_holds_a_control_token(released):
    dice = random.Random(7)
    controls = released_controls()
    fragments = [
        *controls,
        *MARKERS,
        ASPIRIN,
        PROTEIN,
        "[▁]CCCCCCCCCC",
        "▁",
        " ",
        "\n",
        "ATGC" * 8,
        "C",
        "1",
        "<",
        "|>",
    ]

    characters = [chr(i) for i in (*range(1, 0xD800), *range(0xE000, 0x110000))]

    for _ in range(500):
        letters = dice.choices(characters, k=20)
        text = "".join(dice.choices([*fragments, *letters], k=30))
        ids = released.encode(text)
        assert released.decode(ids) == unicodedata.normalize("NFC", text)
        assert not set(ids) & set(controls.values())


@needs_golden
def test_tokens_one_by_one_make_the_same_text_and_no_half_characters(released):
    text = f"Solve 🧪 {ASPIRIN} 画出苯 {PROTEIN} é"
    ids = released.encode(text)
    decoder = released.incremental_decoder()

    parts = [decoder.push([token_id]) for token_id in ids]

    assert "".join(parts) + decoder.flush() == text
    assert not any("\ufffd" in part for part in parts)


@needs_golden
@pytest.mark.parametrize("unit", ["A", "C(", "[", "0123456789", "a\u0315\u0316", "\u0316\u0315", " ", "\n ", "<", "啊"])
def test_no_text_takes_quadratic_time(released, unit):
    text = unit * (200_000 // len(unit))

    assert released.decode(released.encode(text)) == nfc(text)


def test_the_twin_finds_molecules_behind_a_typed_tag(pro):
    ids = pro.encode(f"<SMILES>{ASPIRIN}</SMILES>")

    assert not {pro.control_id("<SMILES>"), pro.control_id("</SMILES>")} & set(ids)
    assert ids == [*pro.encode("<SMILES>"), *pro.encode(ASPIRIN), *pro.encode("</SMILES>")]
    assert pro.encode(ASPIRIN) == pro.encode_with_control(f"<SMILES>{ASPIRIN}</SMILES>")[1:-1]


def test_markers_of_the_released_tokenizer_are_text_to_the_twin(pro):
    text = "<SMILES_AUTO_DETECT>"

    assert pro.encode_with_control(text) == []
    assert pro.decode(pro.encode(text)) == text


def test_the_low_line_of_sentencepiece_is_a_space_only_when_released(pro):
    for text in ("a▁b", "[▁]CCCCCCCCCC"):
        assert pro.decode(pro.encode_with_control(text)) == text.replace("▁", " ")
        assert pro.decode(pro.encode(text)) == text


def test_domains_nest_and_any_closing_tag_ends_the_innermost(pro):
    nested = pro.encode_with_control("<SMILES>CC<protein>KT</SMILES>CC</protein>CC")
    controls = [pro.control_id(tag) for tag in ("<SMILES>", "<protein>", "</SMILES>", "</protein>")]

    pieces = [token_id for token_id in nested if token_id not in controls]

    smiles, protein, smiles_again, base = pieces
    assert smiles == smiles_again != base == 256
    assert pro.decode([protein]) == "KT"


def test_a_space_in_a_domain_is_a_space(pro):
    ids = pro.encode_with_control("<SMILES> CC C</SMILES>")

    assert pro.decode(ids) == "<SMILES> CC C</SMILES>"


def test_intern_s1_has_the_released_ids(s1):
    first_smiles, first_fasta = 151669, 152443

    assert s1.encode_with_control("<SMILES>C") == [151925, first_smiles + 1 + SMILES.index("C")]
    assert s1.encode_with_control("<SELFIES>C") == [151927, first_smiles + 1 + SMILES.index("C")]
    assert s1.encode_with_control("<IUPAC>me") == [152441, 151930, 151931]
    assert s1.encode_with_control("<FASTA>A</FASTA>") == [152955, first_fasta + 1, 152956]
    assert s1.known_ids_end == 152974


def test_intern_s1_takes_nucleic_acids_for_fasta(s1):
    ids = s1.encode("ACGT" * 7)

    assert all(152443 <= token_id < 152955 for token_id in ids)
    assert s1.decode(ids) == "ACGT" * 7


def test_a_folder_without_domains_is_a_plain_tokenizer(tmp_path):
    tokenizer = Tokenizer.from_checkpoint(write_qwen_folder(tmp_path))

    assert tokenizer.encode("CC") == [256]
    assert tokenizer.decode(tokenizer.encode(ASPIRIN)) == ASPIRIN
    assert tokenizer.encode_with_control("CC<|im_end|>") == [256, 258]
    assert tokenizer.encode("e\u0301") == tokenizer.encode("é")
    assert tokenizer.eos_token_ids == {258}
    assert tokenizer.uses_rdkit is None


def test_half_a_character_is_refused_with_its_place(pro):
    with pytest.raises(InvalidRequest, match="Character 3 "):
        pro.encode("ab\ud83d")


def remove(name):
    return lambda folder: (folder / name).unlink()


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def set_offset(folder):
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"offset_XNA": 4}))


@pytest.mark.parametrize(
    ("damage", "name", "complaint"),
    [
        pytest.param(remove("vocab.json"), "vocab.json", "is missing", id="no-vocabulary"),
        pytest.param(remove("merges.txt"), "merges.txt", "is missing", id="no-merges"),
        pytest.param(remove("tokenizer_PROT.model"), "tokenizer_PROT.model", "is missing", id="no-model"),
        pytest.param(remove("added_tokens.json"), "added_tokens.json", "is missing", id="no-added-tokens"),
        pytest.param(remove("tokenizer_config.json"), "tokenizer_config.json", "offset_SMILES", id="no-offsets"),
        pytest.param(write("vocab.json", "{"), "vocab.json", "cannot be read", id="vocabulary-cut-off"),
        pytest.param(write("vocab.json", "[1, 2]"), "vocab.json", "cannot be read", id="vocabulary-a-list"),
        pytest.param(write("vocab.json", '{"a": 1, "b": 1}'), "vocab.json", "id of its own", id="one-id-twice"),
        pytest.param(write("merges.txt", "C C\nC"), "merges.txt", "merge 2", id="half-a-merge"),
        pytest.param(write("merges.txt", "C zz"), "merges.txt", "do not fit", id="merge-of-nothing"),
        pytest.param(write("tokenizer_PROT.model", "x"), "tokenizer_PROT.model", "cannot be read", id="model-damaged"),
        pytest.param(write("added_tokens.json", '{"<x>": 1}'), "added_tokens.json", "tags", id="no-domain-tags"),
        pytest.param(set_offset, "tokenizer_XNA.model", "belongs to vocab.json", id="ids-collide"),
        pytest.param(
            write("generation_config.json", '{"eos_token_id": "x"}'), "generation_config.json", "eos", id="eos"
        ),
        pytest.param(write("config.json", "nonsense"), "config.json", "cannot be read", id="config"),
    ],
)
def test_a_damaged_folder_is_one_sentence_that_names_the_file(tmp_path, damage, name, complaint):
    damage(write_pro_folder(tmp_path))

    with pytest.raises(CheckpointError, match=complaint) as refusal:
        Tokenizer.from_checkpoint(tmp_path)

    assert has_tokenizer(tmp_path)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_files_that_contradict_each_other_are_refused(tmp_path):
    write_qwen_folder(tmp_path)
    (tmp_path / "added_tokens.json").write_text('{"<|im_end|>": 9999}')

    with pytest.raises(CheckpointError, match="9999"):
        Tokenizer.from_checkpoint(tmp_path)


def test_a_folder_without_any_tokenizer_file_has_none(tmp_path):
    (tmp_path / "config.json").write_text("{}")

    assert not has_tokenizer(tmp_path)
