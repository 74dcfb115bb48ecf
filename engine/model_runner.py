"""Runs steps of the model on one device: plan to tensors, forward pass, next tokens. Owns weights and KV cache."""

import logging
from pathlib import Path

import torch

from engine.checkpoint import open_checkpoint
from engine.config import Device, DType, EngineConfig
from engine.errors import InvalidRequest
from engine.media import MediaInput
from engine.media_prompt import read_placeholder_ids
from engine.model_config import ModelConfig, read_model_config
from engine.models.decoder import Decoder
from engine.models.encoders import MediaEncoders
from engine.processors.settings import read_processor_settings
from engine.sampler import chosen_logprobs, sample
from engine.step_batch import make_batch
from engine.step_plan import SequencePlan, StepPlan, StepResult
from engine.weight_reader import WeightReader
from kernels.cpu_library import load_cpu_library
from kernels.paged_kv import allocate_paged_kv

_NOT_FINITE = "The model computed a number that is not finite, so this answer cannot go on."

_logger = logging.getLogger(__name__)


class ModelRunner:
    def __init__(self, config: EngineConfig) -> None:
        device = _device(config.device)
        dtype = _dtype(config.dtype, device)
        checkpoint = open_checkpoint(config.model)
        model_config = read_model_config(checkpoint.config, _config_file(checkpoint.path))
        self.block_size = config.block_size
        self.num_blocks, self.max_model_len = _cache_size(config, model_config, dtype)
        self.vocab_size = model_config.vocab_size
        self.architecture = model_config.architecture
        self.placeholder_ids = read_placeholder_ids(checkpoint.config)
        self.media = read_processor_settings(_config_file(checkpoint.path).parent, checkpoint.config)
        self._device = device
        weights = WeightReader(checkpoint, dtype, device, keeps_fp8=device.type == "cuda")
        self._model = Decoder(model_config, weights, self.max_model_len)
        self._encoders = MediaEncoders(checkpoint.config, _config_file(checkpoint.path), weights)
        weights.finish()
        self._features: dict[int, torch.Tensor] = {}  # media_id -> [N, H]
        self._caches = allocate_paged_kv(
            model_config.num_layers,
            self.num_blocks,
            model_config.num_kv_heads,
            model_config.head_dim,
            self.block_size,
            like=torch.empty(0, dtype=dtype, device=device),
        )
        operations = "ours and torch's" if device.type == "cpu" and load_cpu_library() else "torch's"
        _logger.info(
            "%s on %s in %s: %d blocks of %d tokens, at most %d tokens a sequence; operations: %s",
            model_config.architecture, device, dtype, self.num_blocks, self.block_size, self.max_model_len, operations,
        )  # fmt: skip

    @torch.inference_mode()
    def encode(self, media_id: int, media: MediaInput) -> None:
        """Compute the features that plans will name by media_id."""
        features = self._encoders.encode(media)
        assert len(features) == media.num_tokens, (features.shape, media.num_tokens)
        self._features[media_id] = features

    def forget(self, media_id: int) -> None:
        self._features.pop(media_id, None)

    @torch.inference_mode()
    def execute(self, plan: StepPlan) -> StepResult:
        """Reads the plan's tokens into the cache and chooses what comes next where a sequence asks for it."""
        assert all(self._fits(sequence) for sequence in plan.sequences), plan
        sampled = [sequence for sequence in plan.sequences if sequence.is_sampled]
        targets = [(sequence, index, token) for sequence in plan.sequences for index, token in sequence.logprob_targets]
        first_rows = _first_rows(plan)
        rows = [first_rows[sequence.sequence_id] + len(sequence.token_ids) - 1 for sequence in sampled]
        rows += [first_rows[sequence.sequence_id] + index for sequence, index, _ in targets]

        batch = make_batch(plan, rows, self.block_size, self._device, self._features)
        logits = self._model(batch, self._caches)

        tokens = sample(logits[: len(sampled)], sampled)
        logprobs = chosen_logprobs(logits[len(sampled) :], [token for _, _, token in targets])
        return _result(sampled, tokens, [sequence for sequence, _, _ in targets], logprobs)

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


def _first_rows(plan: StepPlan) -> dict[int, int]:
    """Where each sequence's tokens begin among those of the step."""
    rows, first = {}, 0
    for sequence in plan.sequences:
        rows[sequence.sequence_id] = first
        first += len(sequence.token_ids)
    return rows


def _result(
    sampled: list[SequencePlan], tokens: list[int | None], targeted: list[SequencePlan], values: list[float]
) -> StepResult:
    logprobs: dict[int, list[float]] = {sequence.sequence_id: [] for sequence in targeted}
    for sequence, value in zip(targeted, values, strict=True):
        logprobs[sequence.sequence_id].append(value)
    chosen = {sequence.sequence_id: token for sequence, token in zip(sampled, tokens, strict=True)}
    return StepResult(
        sampled={sequence_id: token for sequence_id, token in chosen.items() if token is not None},
        logprobs=logprobs,
        failed={sequence_id: _NOT_FINITE for sequence_id, token in chosen.items() if token is None},
    )


def _device(wanted: Device) -> torch.device:
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise InvalidRequest("device is cuda, but PyTorch finds no CUDA device here; it must be cpu or auto.")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


def _dtype(wanted: DType, device: torch.device) -> torch.dtype:
    """auto is bfloat16 where the processor multiplies it natively: elsewhere it is slower than float32."""
    if wanted == "auto":
        wanted = "bfloat16" if device.type == "cuda" or _has_native_bfloat16() else "float32"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[wanted]


def _has_native_bfloat16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16"))


def _config_file(path: Path) -> Path:
    return path if path.is_file() else path / "config.json"


def _cache_size(config: EngineConfig, model: ModelConfig, dtype: torch.dtype) -> tuple[int, int]:
    """Number of blocks, and the longest sequence: the checkpoint's limit, the cache's and the person's."""
    token_bytes = 2 * model.num_layers * model.num_kv_heads * model.head_dim * dtype.itemsize
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
