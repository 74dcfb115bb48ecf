import json

import pytest

from engine.dialects.chat import chat_of
from engine.dialects.choose import dialect_for, dialect_of_gguf
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.segments import Control
from engine.errors import CheckpointError
from engine.messages import Conversation, Message
from tests.engine.tiny_tokenizer import write_tokenizer

SOURCE = "{{ bos_token }}{% for m in messages %}<turn>{{ m.content }}{% endfor %}"
HELLO = chat_of(Conversation((Message("user", "Hello"),)))


@pytest.mark.parametrize(
    ("architecture", "kind"),
    [
        ("InternS1ForConditionalGeneration", InternS1Dialect),
        ("InternS1ProForConditionalGeneration", InternS1ProDialect),
        ("InternS1_1_ForConditionalGeneration", InternS1ProDialect),
    ],
)
def test_the_intern_family_is_told_by_its_architecture(tmp_path, architecture, kind):
    (tmp_path / "chat_template.jinja").write_text(SOURCE)

    assert isinstance(dialect_for(architecture, tmp_path), kind)


def test_a_folder_without_a_template_speaks_pros_dialect_as_nano_does(tmp_path):
    write_tokenizer(tmp_path)

    assert isinstance(dialect_for("LlamaForCausalLM", tmp_path), InternS1ProDialect)
    assert isinstance(dialect_for("LlamaForCausalLM", None), InternS1ProDialect)


@pytest.mark.parametrize(
    "template", [SOURCE, [{"name": "rag", "template": "no"}, {"name": "default", "template": SOURCE}]]
)
def test_another_family_speaks_as_its_tokenizer_settings_say(tmp_path, template):
    added = {"1": {"content": "<turn>"}, "2": {"content": "<s>"}}
    settings = {"chat_template": template, "added_tokens_decoder": added, "bos_token": {"content": "<s>"}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings | {"pad_token": None}))

    dialect = dialect_for("LlamaForCausalLM", tmp_path)

    assert dialect.name == tmp_path.name
    assert dialect.render(HELLO) == [Control("<s>"), Control("<turn>"), "Hello"]


def test_a_template_file_comes_before_the_settings_and_its_tokens_from_the_tokenizer(tmp_path):
    write_tokenizer(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "no"}))
    (tmp_path / "chat_template.jinja").write_text("<think>{{ messages[0].content }}")

    dialect = dialect_for("LlamaForCausalLM", tmp_path)

    assert dialect.render(HELLO) == [Control("<think>"), "Hello"]


def test_a_gguf_file_with_a_protein_tag_is_intern_s1(tmp_path):
    text_model = write_tokenizer(tmp_path)

    assert isinstance(dialect_of_gguf(WithProteinTag()), InternS1Dialect)
    assert isinstance(dialect_of_gguf(text_model), InternS1ProDialect)


class WithProteinTag:
    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def control_id(self, text: str) -> int | None:
        return {"<FASTA>": 152_955}.get(text)


def test_settings_that_are_not_json_are_one_sentence(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("{")

    with pytest.raises(CheckpointError, match=r"tokenizer_config\.json cannot be read: .*\.$"):
        dialect_for("LlamaForCausalLM", tmp_path)
