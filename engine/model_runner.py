"""Runs steps of the model on one device: plan to tensors, forward pass, next tokens. Owns weights and KV cache."""

import logging
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint, open_checkpoint
from engine.config import DType, EngineConfig
from engine.errors import InvalidRequest
from engine.expert_view import ExpertView
from engine.interruption import Check, go_on
from engine.media import MediaInput
from engine.media_prompt import read_placeholder_ids
from engine.model_config import ModelConfig, read_model_config
from engine.models.decoder import Decoder
from engine.models.encoders import MediaEncoders
from engine.processors.settings import read_processor_settings
from engine.ranks.collectives import Collectives
from engine.ranks.layout import make_parallel, width_unit
from engine.ranks.parallel import Parallel
from engine.ranks.sharding import CheckpointShard
from engine.step_batch import make_batch
from engine.step_choice import choose, logit_rows
from engine.step_plan import SequencePlan, StepPlan, StepResult
from engine.timeline import NO_TIMELINE, Timeline
from engine.weight_reader import WeightReader
from kernels.cpu_library import load_cpu_library
from kernels.paged_kv import allocate_paged_kv

_logger = logging.getLogger(__name__)


class ModelRunner:
    """The whole model, or the part of it that is one rank's. Encoders are on rank 0 only."""

    def __init__(self, config: EngineConfig, rank: int = 0) -> None:
        device = _device(config, rank)
        if device.type == "cuda":
            torch.cuda.set_device(device)  # kernels are launched on the current one
        dtype = _dtype(config.dtype, device)
        checkpoint = open_checkpoint(config.model)
        model_config = read_model_config(checkpoint.config, _config_file(checkpoint.path))
        has_ranks = config.tensor_parallel > 1
        keeps_fp8 = device.type == "cuda" and config.dtype != "int8"
        self.collectives = Collectives(rank, config.tensor_parallel, device) if has_ranks else None
        parallel = make_parallel(config, model_config, rank, width_unit(checkpoint, keeps_fp8), self.collectives)
        num_kv_heads = len(parallel.kv_heads(model_config.num_kv_heads))
        self.block_size = config.block_size
        self.num_blocks, self.max_model_len = _cache_size(config, model_config, num_kv_heads, dtype)
        self.vocab_size = model_config.vocab_size
        self._num_known_ids = self.vocab_size
        self.architecture = model_config.architecture
        self.placeholder_ids = read_placeholder_ids(checkpoint.config)
        self.media = read_processor_settings(_config_file(checkpoint.path).parent, checkpoint.config)
        self._device = device
        is_int8 = config.dtype == "int8"
        weights = WeightReader(_of_rank(checkpoint, model_config, parallel), dtype, device, keeps_fp8, is_int8)
        self._model = Decoder(model_config, weights, self.max_model_len, parallel)
        self._encoders: MediaEncoders | None = None
        if rank == 0:
            self._encoders = MediaEncoders(checkpoint.config, _config_file(checkpoint.path), weights)
            weights.finish()
        self._features: dict[int, torch.Tensor] = {}  # media_id -> [N, H]
        self._timeline: Timeline = NO_TIMELINE
        self.experts_shape = (
            None if model_config.experts is None else (model_config.num_layers, model_config.experts.num_experts)
        )
        self._expert_view: ExpertView | None = None
        self._caches = allocate_paged_kv(
            model_config.num_layers,
            self.num_blocks,
            num_kv_heads,
            model_config.head_dim,
            self.block_size,
            like=torch.empty(0, dtype=dtype, device=device),
        )
        is_compiled = device.type == "cuda" or load_cpu_library() is not None
        operations = "ours and torch's" if is_compiled else "torch's"
        _logger.info(
            "%s on %s in %s: %d blocks of %d tokens, at most %d tokens a sequence; operations: %s",
            model_config.architecture, device, dtype, self.num_blocks, self.block_size, self.max_model_len, operations,
        )  # fmt: skip

    @torch.inference_mode()
    def encode(self, media_id: int, media: MediaInput, check: Check = go_on) -> None:
        """Compute the features that plans will name by media_id, unless check raises meanwhile."""
        assert self._encoders is not None, "another rank than 0 encodes nothing"
        features = self._encoders.encode(media, check)
        assert len(features) == media.num_tokens, (features.shape, media.num_tokens)
        self._features[media_id] = features

    def forget(self, media_id: int) -> None:
        self._features.pop(media_id, None)

    def choose_below(self, num_known_ids: int) -> None:
        """From now on no token is chosen from num_known_ids on: those rows of the vocabulary are padding."""
        self._num_known_ids = num_known_ids

    def record_in(self, timeline: Timeline) -> None:
        """From now on."""
        self._timeline = timeline

    def show_experts_in(self, view: ExpertView) -> None:
        """From now on, whenever it is watched."""
        self._expert_view = view

    @torch.inference_mode()
    def execute(self, plan: StepPlan, check: Check = go_on) -> StepResult:
        """Reads the plan's tokens into the cache and chooses what comes next where a sequence asks for it, unless
        check raises meanwhile."""
        assert all(self._fits(sequence) for sequence in plan.sequences), plan
        logits = self.forward(plan, logit_rows(plan), check)
        with self._timeline.span("sample", rows=len(logits)):
            return choose(plan, logits[:, : self._num_known_ids])

    @torch.inference_mode()
    def forward(self, plan: StepPlan, rows: list[int], check: Check = go_on) -> Tensor:
        """Reads the plan's tokens into the cache -> logits [R, V] float32 of these rows of the step, on rank 0."""
        batch = make_batch(plan, rows, self.block_size, self._device, self._features)
        view = self._expert_view
        if view is None or not view.is_watched:
            return self._model(batch, self._caches, check=check)
        routes: list[Tensor] = []
        logits = self._model(batch, self._caches, routes, check)
        view.record(plan, torch.stack(routes)[:, : plan.num_tokens].to("cpu", torch.int16).numpy())
        return logits

    def _fits(self, sequence: SequencePlan) -> bool:
        """Beyond these the operations would read and write other memory."""
        end = sequence.start + len(sequence.token_ids)
        has_blocks = end <= len(sequence.block_table) * self.block_size
        return has_blocks and end <= self.max_model_len and max(sequence.block_table) < self.num_blocks

    def close(self) -> None:
        """Lets go of the weights and the cache. No step may follow."""
        del self._model, self._encoders
        self._features = {}
        self._caches = []


def _device(config: EngineConfig, rank: int) -> torch.device:
    has_cuda = torch.cuda.is_available()
    if config.device == "cuda" and not has_cuda:
        raise InvalidRequest("device is cuda, but PyTorch finds no CUDA device here; it must be cpu or auto.")
    if not has_cuda or config.device == "cpu":
        return torch.device("cpu")
    if config.tensor_parallel > (num_devices := torch.cuda.device_count()):
        raise InvalidRequest(
            f"tensor_parallel is {config.tensor_parallel}, but PyTorch finds {num_devices} CUDA device(s) here; every "
            "rank needs one, or device cpu."
        )
    return torch.device("cuda", rank)


def _of_rank(checkpoint: Checkpoint, model: ModelConfig, parallel: Parallel) -> Checkpoint:
    if parallel.size == 1 or model.experts is None:
        return checkpoint
    return CheckpointShard(checkpoint, parallel.experts(model.experts.num_experts))


def _dtype(wanted: DType, device: torch.device) -> torch.dtype:
    """auto is bfloat16 where the processor multiplies it natively: elsewhere it is slower than float32."""
    if wanted == "auto":
        wanted = "bfloat16" if device.type == "cuda" or _has_native_bfloat16() else "float32"
    return torch.float32 if wanted == "float32" else torch.bfloat16


def _has_native_bfloat16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16"))


def _config_file(path: Path) -> Path:
    return path if path.is_file() else path / "config.json"


def _cache_size(config: EngineConfig, model: ModelConfig, num_kv_heads: int, dtype: torch.dtype) -> tuple[int, int]:
    """Number of blocks, and the longest sequence: the checkpoint's limit, the cache's and the person's."""
    token_bytes = 2 * model.num_layers * num_kv_heads * model.head_dim * dtype.itemsize
    num_blocks = config.kv_cache_memory // (token_bytes * config.block_size)
    if num_blocks == 0:
        raise InvalidRequest(
            f"kv_cache_memory is {config.kv_cache_memory:,} bytes; one block of {config.block_size} tokens takes "
            f"{token_bytes * config.block_size:,} with this model."
        )
    max_model_len = min(model.max_position_embeddings, num_blocks * config.block_size)
    if config.max_model_len is not None:
        max_model_len = min(max_model_len, config.max_model_len)
    return num_blocks, max_model_len
