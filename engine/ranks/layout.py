"""Whether a model can be split as a person asks, settled before a weight is read."""

from engine.checkpoint import Checkpoint
from engine.config import EngineConfig
from engine.errors import InvalidRequest
from engine.fit_layout import Layout, check_layout
from engine.model_config import ModelConfig
from engine.ranks.collectives import Collectives
from engine.ranks.parallel import ALONE, Parallel
from kernels.fp8 import BLOCK


def make_parallel(
    config: EngineConfig, model: ModelConfig, rank: int, width_unit: int, collectives: Collectives | None
) -> Parallel:
    """Of one rank. Raises InvalidRequest for a number that does not divide what it splits or leaves a rank nothing."""
    if config.tensor_parallel == 1:
        return ALONE
    check_layout(Layout(config.tensor_parallel, config.expert_parallel), model)
    parallel = Parallel(rank, config.tensor_parallel, config.expert_parallel, width_unit, collectives)
    size, num_parts = model.intermediate_size, config.tensor_parallel
    if model.experts is not None:
        size, num_parts = model.experts.intermediate_size, config.tensor_parallel // config.expert_parallel
    if -(-size // width_unit) < num_parts:
        what = "every expert" if model.experts is not None else "the MLP"
        blocks = f", {-(-size // width_unit)} FP8 blocks of {width_unit}" if width_unit > 1 else ""
        raise InvalidRequest(
            f"tensor_parallel {config.tensor_parallel} with expert_parallel {config.expert_parallel} splits {what} in "
            f"{num_parts}, but it is {size} wide{blocks}; choose fewer ranks or a larger expert_parallel."
        )
    return parallel


def width_unit(checkpoint: Checkpoint, keeps_fp8: bool) -> int:
    """What borders of MLPs and experts must be multiples of: blocks that share a scale are not cut."""
    names = (name for name in checkpoint.names() if ".mlp." in name)
    return BLOCK if keeps_fp8 and any(checkpoint.stored(name).is_fp8 for name in names) else 1
