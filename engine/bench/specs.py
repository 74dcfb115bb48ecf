"""How every side is started: ours and the peers that were asked for."""

import random
import sys
from dataclasses import replace

from engine.bench.gguf_writer import gguf_file, gguf_type
from engine.bench.job import Job, SideSettings
from engine.bench.model_facts import kv_bytes_per_token
from engine.bench.options import Options, Peer
from engine.bench.side import SideSpec
from engine.checkpoint import Checkpoint
from engine.errors import InvalidRequest
from engine.model_config import ModelConfig

OURS = "benchside"
_SPARE_TOKENS = 4096  # of the cache, so that a prefix outlives the jobs in between


def side_specs(options: Options, checkpoint: Checkpoint, model: ModelConfig) -> list[SideSpec]:
    """Ours first. Writes the file that llama.cpp reads, if it is among the peers and not in the cache."""
    jobs = [job for measure in options.measures for job in measure.make_jobs(random.Random(0), model.vocab_size)]
    longest = max(len(request.prompt) + request.max_tokens for job in jobs for request in job)
    if longest > model.max_position_embeddings:
        raise InvalidRequest(
            f"A sequence of {longest:,} tokens is to be measured, but {checkpoint.path} takes at most "
            f"{model.max_position_embeddings:,}; ask for shorter ones."
        )
    ours = SideSettings(
        model=str(checkpoint.path),
        dtype=options.dtype,
        num_threads=options.num_threads,
        max_model_len=longest,
        num_slots=max(map(len, jobs)),
        kv_cache_memory=(max(map(_num_tokens, jobs)) + _SPARE_TOKENS) * kv_bytes_per_token(model, options.dtype),
    )
    specs = [SideSpec(f"{OURS} {options.dtype}", OURS, sys.executable, ours)]
    return specs + [_peer_spec(peer, options, checkpoint, model, ours) for peer in options.peers]


def _peer_spec(
    peer: Peer, options: Options, checkpoint: Checkpoint, model: ModelConfig, ours: SideSettings
) -> SideSpec:
    if peer.program == "server":
        return SideSpec(peer.name, peer.program, sys.executable, replace(ours, model=peer.name))
    if peer.program == "llama_cpp":
        file = gguf_file(checkpoint, model, options.dtype, options.cache)
        label = f"{peer.name} {gguf_type(options.dtype)}"
        return SideSpec(label, peer.program, peer.python, replace(ours, model=str(file)))
    dtype = "bfloat16" if options.dtype == "int8" else options.dtype
    return SideSpec(f"{peer.name} {dtype}", peer.program, peer.python or sys.executable, replace(ours, dtype=dtype))


def _num_tokens(job: Job) -> int:
    return sum(len(request.prompt) + request.max_tokens for request in job)
