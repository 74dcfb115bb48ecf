"""nano as a GGUF file with its tokenizer and chat template, for llama.cpp's server.

python -m tests.browser.nano_gguf FILE [DATA_DIR]
"""

import json
import sys
from pathlib import Path

from assistant.nano.setup import ensure_nano
from assistant.settings import Settings
from engine.dialects.intern_s1_pro import CALL_FORMAT, TOOLS_FOOTER, TOOLS_HEADER
from tests.engine.llama_gguf import write_llama_gguf

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
# What engine/dialects/intern_s1_pro.py writes, for conversations of text; thinking is always on.
TEMPLATE = (
    "{%- set last = namespace(question=-1) %}"
    "{%- for m in messages %}{%- if m.role == 'user' %}{%- set last.question = loop.index0 %}{%- endif %}{%- endfor %}"
    "{%- if messages[0].role == 'system' %}{{- '<|im_start|>system\\n' + messages[0].content }}"
    "{%- if tools %}{{- '\\n\\n' + TOOLS_HEADER }}{%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}"
    "{{- TOOLS_FOOTER + '<tool_call></tool_call> XML tags:\\n<tool_call>' + CALL_FORMAT + '</tool_call>' }}{%- endif %}"
    "{{- '<|im_end|>\\n' }}{%- endif %}"
    "{%- for m in messages %}"
    "{%- if m.role == 'user' %}{{- '<|im_start|>user\\n' + m.content + '<|im_end|>\\n' }}"
    "{%- elif m.role == 'assistant' %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if m.reasoning_content and loop.index0 > last.question %}"
    "{{- '<think>' + m.reasoning_content.strip('\\n') + '</think>\\n\\n' }}{%- endif %}"
    "{{- m.content }}"
    "{%- for call in m.tool_calls or [] %}"
    "{%- if m.content or not loop.first %}{{- '\\n' }}{%- endif %}"
    "{{- '<tool_call>\\n{\"name\": \"' + call.function.name + '\", \"arguments\": ' + call.function.arguments + '}' }}"
    "{{- '\\n</tool_call>' }}{%- endfor %}{{- '<|im_end|>\\n' }}"
    "{%- elif m.role == 'tool' %}"
    "{%- if messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}"
    "{{- '\\n<tool_response>\\n' + m.content + '\\n</tool_response>' }}"
    "{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\\n' }}{%- endif %}"
    "{%- endif %}{%- endfor %}"
    "{{- '<|im_start|>assistant\\n<think>' }}"
)


def template() -> str:
    texts = {"TOOLS_HEADER": TOOLS_HEADER, "TOOLS_FOOTER": TOOLS_FOOTER, "CALL_FORMAT": CALL_FORMAT}
    return "".join(f"{{%- set {name} = {json.dumps(text)} %}}" for name, text in texts.items()) + TEMPLATE


def write_nano_gguf(folder: Path, file: Path) -> Path:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokens = {index: text for text, index in tokenizer["model"]["vocab"].items()}
    types = dict.fromkeys(tokens, NORMAL)
    for token in tokenizer["added_tokens"]:
        tokens[token["id"]] = token["content"]
        types[token["id"]] = CONTROL if token["content"].startswith("<|") else USER_DEFINED
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]

    def add(writer):
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("smollm")
        writer.add_token_list([tokens[index] for index in range(len(tokens))])
        writer.add_token_types([types[index] for index in range(len(tokens))])
        writer.add_token_merges(merges)
        writer.add_eos_token_id(next(index for index, text in tokens.items() if text == "<|im_end|>"))
        writer.add_add_bos_token(False)
        writer.add_chat_template(template())

    def leave_out_experts(settings):
        for name in ("expert_count", "expert_used_count"):
            del settings[name]

    return write_llama_gguf(folder, file, leave_out_experts, add)


if __name__ == "__main__":
    data_dir = Path(sys.argv[2]) if len(sys.argv) > 2 else Settings().data_dir
    print(write_nano_gguf(ensure_nano(data_dir, lambda what, share: None), Path(sys.argv[1])))
