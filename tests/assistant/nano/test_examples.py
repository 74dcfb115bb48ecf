"""What training shows the model is what the engine will show it; only the assistant's own words are learned."""

from assistant.nano.dialogues import Dialogue
from assistant.nano.examples import DIALECT, PREFIX, SCHEMAS, SYSTEM, Example, make_examples
from assistant.tools.nano.catalogue import TOOLS
from engine.dialects.prompt import render_prompt
from engine.dialects.segments import encode_segments
from engine.messages import Conversation, Message, ToolCall
from engine.tokenizer import Tokenizer
from tests.engine.tiny_tokenizer import write_tokenizer

QUESTION = Message("user", "Draw CCO")
CALL = Message("assistant", "", "I call it.", (ToolCall("render_molecule", {"smiles": "CCO"}),))
RESULT = Message("tool", "2D structure drawn.")
ANSWER = Message("assistant", "Here it is.", "It answered.")
TURN = (QUESTION, CALL, RESULT, ANSWER)


def learned_text(example: Example, tokenizer: Tokenizer) -> str:
    return tokenizer.decode([i for i, learned in zip(example.ids, example.is_learned, strict=True) if learned])


def test_a_turn_with_thinking_is_one_example_of_the_assistants_words(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    (example,) = make_examples(Dialogue((), TURN, enable_thinking=True), tokenizer)

    assert learned_text(example, tokenizer) == (
        'I call it.</think>\n\n<tool_call>\n{"name": "render_molecule", "arguments": {"smiles": "CCO"}}\n</tool_call>'
        "<|im_end|>It answered.</think>\n\nHere it is.<|im_end|>"
    )


def test_an_example_goes_through_every_prompt_the_engine_would_render(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    (example,) = make_examples(Dialogue((), TURN, enable_thinking=True), tokenizer)

    ids = encode_segments(PREFIX, tokenizer).token_ids + example.ids
    for messages in ((SYSTEM, QUESTION), (SYSTEM, QUESTION, CALL, RESULT)):
        prompt = render_prompt(Conversation(messages, SCHEMAS), DIALECT, tokenizer).token_ids
        assert ids[: len(prompt)] == prompt


def test_without_thinking_each_round_is_an_example(tmp_path):
    tokenizer = write_tokenizer(tmp_path)

    first, second = make_examples(Dialogue((), TURN, enable_thinking=False), tokenizer)

    assert learned_text(first, tokenizer).startswith("<tool_call>")
    assert learned_text(second, tokenizer) == "Here it is.<|im_end|>"


def test_earlier_turns_are_read_but_not_learned(tmp_path):
    tokenizer = write_tokenizer(tmp_path)
    turn = (Message("user", "Thanks"), Message("assistant", "You are welcome!", "Polite."))

    (example,) = make_examples(Dialogue(TURN, turn, enable_thinking=True), tokenizer)

    assert "Here it is." in tokenizer.decode(example.ids)
    assert learned_text(example, tokenizer) == "Polite.</think>\n\nYou are welcome!<|im_end|>"


def test_nano_is_trained_with_the_tools_the_app_offers():
    assert tuple(tool.schema for tool in TOOLS) == SCHEMAS
