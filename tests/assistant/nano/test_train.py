import random
from itertools import islice, repeat

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

pytest.importorskip("peft", reason="the training extra is not installed")

from assistant.nano.dialogues import Dialogue
from assistant.nano.examples import make_examples
from assistant.nano.train import Trainer, batches, build_student, export
from engine.checkpoint import open_checkpoint
from engine.merge_adapter import merge_adapter
from engine.messages import Message
from tests.engine.tiny_tokenizer import write_tokenizer

DIALOGUE = Dialogue((), (Message("user", "Hi"), Message("assistant", "Hello!", "A greeting.")), enable_thinking=True)
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers", "ignore::UserWarning:peft")


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "base"
    config = LlamaConfig(
        vocab_size=288,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def trainer_of(base, tmp_path):
    tokenizer = write_tokenizer(base)
    student = build_student(base, tokenizer)
    return student, tokenizer, Trainer(student, tokenizer, tmp_path, budget_s=1e9)


@pytest.mark.slow
def test_training_lowers_the_loss_and_goes_on_from_its_checkpoint(base, tmp_path):
    student, tokenizer, trainer = trainer_of(base, tmp_path)
    examples = list(make_examples(DIALOGUE, tokenizer)) * 4
    (batch,) = batches(examples, random.Random(0), pad_id=0)
    prefix = student.prefix([1, 2, 3])
    before = student.loss(batch, prefix).item()

    trainer.run(islice(repeat(examples), 60))

    after = student.loss(batch, student.prefix([1, 2, 3])).item()
    assert after < before - 0.1
    resumed_student, _, resumed = trainer_of(base, tmp_path)
    resumed._resume()
    assert torch.equal(resumed_student.control_rows, student.control_rows)


@pytest.mark.slow
def test_what_is_exported_and_merged_computes_what_was_trained(base, tmp_path):
    student, tokenizer, trainer = trainer_of(base, tmp_path)
    trainer.run(islice(repeat(list(make_examples(DIALOGUE, tokenizer))), 50))

    export(student, tmp_path / "adapter")
    merge_adapter(base, tmp_path / "adapter", tmp_path / "merged")

    merged = open_checkpoint(tmp_path / "merged")
    model = LlamaForCausalLM(LlamaConfig.from_dict(merged.config)).to(torch.bfloat16)
    model.load_state_dict({name: merged.tensor(name) for name in merged.names()}, strict=False)
    model.tie_weights()
    ids = tokenizer.encode("Hi") + [tokenizer.control_id("<think>")]
    with torch.no_grad():
        expected = model(torch.tensor([ids])).logits[0, -1].float()
        student.prefix(ids)  # no prefix before it: records, and decodes with plain causal attention
        hidden = student._decode(torch.tensor([ids]), 0)[0, -1]
        embeddings = student.model.get_input_embeddings().weight
        actual = (hidden @ embeddings.T).index_copy(0, student.control_ids, hidden @ student.control_rows.T).float()
    assert (actual - expected).abs().max() <= 0.05 * expected.abs().max()
