import json
import math
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from engine.checkpoint import open_checkpoint
from engine.errors import CheckpointError
from engine.weight_reader import MetaWeights, WeightReader
from kernels.fp8 import FP8, dequantize

CPU = torch.device("cpu")
PEAK_PROBE = """
import json, sys
import torch
from engine.checkpoint import open_checkpoint
from engine.weight_reader import WeightReader

def memory(field):
    with open("/proc/self/status") as status:  # getrusage would count what the parent had before exec
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))

checkpoint = open_checkpoint(sys.argv[1])
reader = WeightReader(checkpoint, torch.bfloat16, torch.device("cpu"))
(reader.take("model.norm.weight", 8) + 1).sum()  # what torch loads with its first operations
before = memory("VmRSS")
names = sorted(name for name in checkpoint.names() if reader.has(name))
stay = []
for first, second in zip(names[::2], names[1::2]):
    stay.append(reader.place(*(reader.take(name, *checkpoint.stored(name).shape) for name in (first, second))))
print(json.dumps({"grown": memory("VmHWM") - before, "stays": sum(matrix.nbytes for matrix in stay)}))
"""


def write(folder, tensors):
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file(tensors, folder / "model.safetensors")
    return open_checkpoint(folder)


@pytest.fixture
def fp8(tmp_path):
    torch.manual_seed(0)
    codes = torch.randn(130, 200).to(FP8)
    scales = torch.tensor([[0.5, 2.0], [1.0, 0.25]])
    return write(tmp_path / "fp8", {"a.weight": codes, "a.weight_scale_inv": scales, "b.weight": torch.ones(130, 200)})


def test_fp8_is_multiplied_out_where_it_is_not_kept(fp8):
    reader = WeightReader(fp8, torch.float32, CPU)

    kept, taken = reader.take_fp8("a.weight", 130, 200), reader.take("a.weight", 130, 200)

    assert kept is None
    assert torch.equal(taken, dequantize(fp8.tensor("a.weight"), fp8.tensor("a.weight_scale_inv"), torch.float32))
    assert taken[129, 199] == fp8.tensor("a.weight")[129, 199].float() * 0.25


def test_fp8_that_is_kept_comes_as_it_is_stored(fp8):
    reader = WeightReader(fp8, torch.bfloat16, CPU, keeps_fp8=True)

    codes, scales = reader.take_fp8("a.weight", 130, 200)

    assert codes.dtype == FP8 and torch.equal(scales, fp8.tensor("a.weight_scale_inv"))
    assert not reader.has("a.weight") and not reader.has("a.weight_scale_inv")
    assert reader.take_fp8("b.weight", 130, 200) is None
    reader.take("b.weight", 130, 200)
    reader.finish()


def test_a_tensor_is_taken_once(fp8):
    reader = WeightReader(fp8, torch.float32, CPU)
    reader.take("b.weight", 130, 200)

    with pytest.raises(CheckpointError, match=r"b\.weight is missing from .*fp8\."):
        reader.take("b.weight", 130, 200)


def test_large_finite_numbers_are_no_fault(tmp_path):
    checkpoint = write(tmp_path / "large", {"a": torch.full((1000,), 3e38)})

    assert WeightReader(checkpoint, torch.float32, CPU).take("a", 1000).isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_not_finite_is_found(tmp_path, dtype, value):
    tensor = torch.randn(300, 7).to(dtype)
    tensor[299, 6] = value

    reader = WeightReader(write(tmp_path / "bad", {"a.weight": tensor}), torch.bfloat16, CPU)

    with pytest.raises(CheckpointError, match=r"a\.weight in .*model\.safetensors holds a number that is not finite"):
        reader.take("a.weight", 300, 7)


def test_opposite_infinities_are_found(tmp_path):
    reader = WeightReader(write(tmp_path / "bad", {"a": torch.tensor([math.inf, -math.inf])}), torch.float32, CPU)

    with pytest.raises(CheckpointError, match="not finite"):
        reader.take("a", 2)


def test_loading_takes_little_more_than_what_stays(tmp_path):
    matrices = {f"model.layers.{i:02}.weight": torch.randn(2048, 3072).bfloat16() for i in range(32)}
    write(tmp_path / "large", matrices | {"model.norm.weight": torch.ones(8, dtype=torch.bfloat16)})

    command = [sys.executable, "-c", PEAK_PROBE, str(tmp_path / "large")]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert result["stays"] == 32 * 2048 * 3072 * 2
    assert result["grown"] <= 1.15 * result["stays"]


def test_meta_weights_remember_what_was_asked_for():
    config = {"quantization_config": {"modules_to_not_convert": ["lm_head", "model.language_model.layers.0.mlp.gate"]}}
    weights = MetaWeights(config, torch.bfloat16)

    codes, scales = weights.take_fp8("model.layers.0.self_attn.q_proj.weight", 256, 300)
    kept = [weights.take_fp8(name, 8, 8) for name in ("lm_head.weight", "model.layers.0.mlp.gate.weight")]
    plain = weights.take("model.norm.weight", 8)

    assert (codes.shape, scales.shape, codes.device.type) == ((256, 300), (2, 3), "meta")
    assert kept == [None, None]
    assert set(weights.taken) == {
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.0.self_attn.q_proj.weight_scale_inv",
        "model.norm.weight",
    }
    assert plain.dtype == torch.bfloat16
