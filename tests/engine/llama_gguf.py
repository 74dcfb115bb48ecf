"""Folders of the Llama family as GGUF files."""

import json

import gguf
import numpy as np
import torch
from safetensors.torch import load_file

NAMES = {
    "embed_tokens": "token_embd",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
    "w1": "ffn_gate_exps",
    "w3": "ffn_up_exps",
    "w2": "ffn_down_exps",
    "gate": "ffn_gate_inp",
    "norm": "output_norm",
}


def write_llama_gguf(folder, file, change=lambda settings: None, add=lambda writer: None):
    """A "llama" or Mixtral folder as llama.cpp's converter writes it: own names, permuted q and k, stacked experts.

    add: puts more into the file, such as a tokenizer.
    """
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(file, "llama")
    settings = {
        "block_count": config["num_hidden_layers"],
        "context_length": config["max_position_embeddings"],
        "embedding_length": config["hidden_size"],
        "feed_forward_length": config["intermediate_size"],
        "attention.head_count": config["num_attention_heads"],
        "attention.head_count_kv": config["num_key_value_heads"],
        "attention.key_length": config["head_dim"],
        "expert_count": config.get("num_local_experts", 0),
        "expert_used_count": config.get("num_experts_per_tok", 0),
    }
    change(settings)
    for key, value in settings.items():
        (writer.add_string if isinstance(value, str) else writer.add_uint32)(f"llama.{key}", value)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", config["rms_norm_eps"])
    writer.add_float32("llama.rope.freq_base", rope_theta(config))
    add(writer)
    for name, tensor in converted(load_file(folder / "model.safetensors"), config).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def rope_theta(config):
    return config["rope_parameters"]["rope_theta"] if "rope_parameters" in config else config["rope_theta"]


def converted(tensors, config):
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    result, stacks = {}, {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        values, ours = as_numpy(tensor), parts[-2]
        if ours in heads:
            rows, columns = values.shape
            values = values.reshape(heads[ours], 2, rows // heads[ours] // 2, columns).swapaxes(1, 2)
            values = np.ascontiguousarray(values.reshape(rows, columns))
        theirs = f"blk.{parts[2]}.{NAMES[ours]}.weight" if parts[1] == "layers" else f"{NAMES[ours]}.weight"
        if "experts" in parts:
            stacks.setdefault(theirs, {})[int(parts[5])] = values
        else:
            result[theirs] = values
    return result | {name: np.stack([stack[e] for e in sorted(stack)]) for name, stack in stacks.items()}


def as_numpy(tensor):
    """bfloat16, which numpy does not know: matrices as float16, norms as float32, as llama.cpp wants them."""
    if tensor.dtype != torch.bfloat16:
        return tensor.numpy()
    return tensor.to(torch.float32 if tensor.ndim == 1 else torch.float16).numpy()
