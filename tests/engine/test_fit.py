import json
from pathlib import Path

import pytest
import torch

from engine.checkpoint import open_checkpoint
from engine.errors import InvalidRequest
from engine.fit import PRESETS, main, read_config
from engine.fit_hardware import GPUS, fewest_gpus, longest_context
from engine.fit_inventory import take_inventory
from engine.fit_layout import Layout, bytes_per_rank, kv_bytes_per_token
from tests.golden import GOLDEN, needs_golden

BF16 = torch.bfloat16


def inventory(name, keeps_fp8=True):
    return take_inventory(*read_config(name), BF16, keeps_fp8)


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("intern-s1-mini", 8_538_804_224, 8_201_221_120),
        ("intern-s1-mini-fp8", 8_538_804_224, 8_201_221_120),
        ("intern-s1", 240_709_856_128, 22_201_249_280),
        ("intern-s1-fp8", 240_709_856_128, 22_201_249_280),
        ("intern-s1-pro", 916_895_644_160, 22_363_778_560),
    ],
)
def test_presets_have_the_published_number_of_parameters(name, total, active):
    model = inventory(name)

    assert model.num_parameters("text", "vision", "signals") == total
    assert model.num_active_parameters() == active


@pytest.mark.parametrize(
    ("name", "keeps_fp8", "gigabytes"),
    [
        ("intern-s1-mini", True, 17.08),
        ("intern-s1-mini-fp8", True, 10.13),
        ("intern-s1", True, 481.42),
        ("intern-s1-fp8", True, 247.68),
        ("intern-s1-pro", True, 918.93),
        ("intern-s1-pro", False, 1833.79),
    ],
)
def test_weights_take_what_the_published_files_take(name, keeps_fp8, gigabytes):
    assert inventory(name, keeps_fp8).num_bytes / 1e9 == pytest.approx(gigabytes, abs=0.005)


@pytest.mark.parametrize(
    ("name", "whole", "sixteen"), [("intern-s1-mini", 147_456, None), ("intern-s1", 192_512, 48_128)]
)
def test_the_cache_of_a_token_is_as_published(name, whole, sixteen):
    config = inventory(name).config

    assert kv_bytes_per_token(config, 2) == whole
    assert sixteen is None or kv_bytes_per_token(config, 2, tensor_parallel=16) == sixteen


@needs_golden
@pytest.mark.parametrize("case", ["pro-tiny", "pro-tiny-fp8", "s1-tiny", "mini-tiny"])
def test_the_inventory_is_what_the_files_hold(case):
    folder = GOLDEN / case / "checkpoint"
    checkpoint = open_checkpoint(folder)
    optional = ".k_proj.bias"  # of the time-series encoder, which works without

    model = take_inventory(checkpoint.config, folder / "config.json", BF16, keeps_fp8=True)

    stored = [
        checkpoint.tensor(name) for name in checkpoint.names() if "time_series" not in name or optional not in name
    ]
    assert model.num_bytes == sum(tensor.nbytes for tensor in stored)


def test_experts_in_fp8_are_cut_between_blocks():
    model = inventory("intern-s1-pro")

    eight, sixteen = (bytes_per_rank(model, Layout(tensor_parallel=n)) for n in (8, 16))

    experts = sum(matrix.num_bytes for matrix in model.matrices if matrix.is_expert)
    assert [eight.count(size) for size in sorted(set(eight))] == [4, 4]  # 128 and 256 of 1536 columns
    assert [sixteen.count(size) for size in sorted(set(sixteen))] == [4, 12]  # none, and 128
    assert max(eight) - min(eight) == pytest.approx(experts / 12, abs=2)
    assert max(sixteen) - min(sixteen) == pytest.approx(experts / 12, abs=2)


def test_whole_experts_are_spread_evenly():
    ranks = bytes_per_rank(inventory("intern-s1-pro"), Layout(16, 16))

    assert len(ranks) == 16 and len(set(ranks)) == 1
    assert ranks[0] / 1e9 == pytest.approx(58.5, abs=0.05)  # 57.4 and what every rank holds: router, tower, key heads


@pytest.mark.parametrize("tensor_parallel", [1, 2, 4, 8])
def test_ranks_together_hold_everything_at_least_once(tensor_parallel):
    model = inventory("intern-s1-mini")

    ranks = bytes_per_rank(model, Layout(tensor_parallel))

    vision = sum(matrix.num_bytes for matrix in model.matrices if matrix.part == "vision")
    assert sum(ranks) >= model.num_bytes + (tensor_parallel - 1) * vision
    assert sum(ranks) < 1.01 * (model.num_bytes + (tensor_parallel - 1) * vision)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("intern-s1", {"A100-80G": 8, "H100-80G": 8, "H200-141G": 4}),
        ("intern-s1-fp8", {"A100-80G": None, "H100-80G": 4, "H200-141G": 2}),
        ("intern-s1-mini", {"A100-80G": 1, "H100-80G": 1, "H200-141G": 1}),
        ("intern-s1-mini-fp8", {"A100-80G": None, "H100-80G": 1, "H200-141G": 1}),
        ("intern-s1-pro", {"A100-80G": None, "H100-80G": None, "H200-141G": 16}),
    ],
)
def test_the_hardware_of_the_model_cards_follows_from_arithmetic(name, counts):
    model = inventory(name)

    assert {gpu.name: fewest_gpus(model, gpu, 32_768, 2, is_expert_parallel=False) for gpu in GPUS} == counts


def test_the_longest_context_ends_where_memory_does():
    model = inventory("intern-s1-mini")
    memory = int((model.num_bytes + 1000 * 147_456) / 0.9) + 1

    assert longest_context(model, Layout(), memory, 2) == 1000
    assert longest_context(model, Layout(), 10**12, 2) == 40_960
    assert longest_context(model, Layout(), 10**10, 2) == 0


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        (Layout(3), "which does not divide the 64 heads"),
        (Layout(0), "both must be at least 1"),
        (Layout(1, 3), "which does not divide the 128 experts"),
        (Layout(32, 0), "both must be at least 1"),
    ],
)
def test_layouts_that_do_not_divide_the_model_are_refused(layout, reason):
    with pytest.raises(InvalidRequest, match=reason):
        bytes_per_rank(inventory("intern-s1"), layout)


# the program


def test_the_report_names_everything(capsys):
    status = main(["intern-s1-pro", "--tensor-parallel", "16", "--gpu-memory", "140", "--context", "65536"])

    shown = capsys.readouterr()
    assert status == 0 and shown.err == ""
    for text in (
        "916,895,644,160",
        "12 x 77.44 GB, 4 x 1.73 GB",
        "192,512 bytes; 48,128 on each rank",
        "longest context 262,144 tokens",
        "cannot run it with a context of 65,536 tokens",
        "2 nodes x 8",
    ):
        assert text in shown.out


def test_a_folder_and_a_config_file_are_read(tmp_path, capsys):
    config = json.loads((PRESETS / "intern-s1-mini.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config))

    assert main([str(tmp_path)]) == main([str(tmp_path / "config.json"), "--dtype", "float32"]) == 0
    assert capsys.readouterr().out.count("8,538,804,224") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere"],
        ["../presets/intern-s1"],
        ["intern-s1", "--tensor-parallel", "x"],
        ["intern-s1", "--tensor-parallel", "5"],
        ["intern-s1-mini", "--expert-parallel", "2"],
        ["intern-s1", "--tensor-parallel", "4", "--expert-parallel", "0"],
        ["intern-s1", "--context", "-1"],
        ["intern-s1", "--gpu-memory", "nan"],
        ["intern-s1", "--no-such-option"],
        [str(Path(__file__))],
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, capsys):
    status = main(arguments)

    shown = capsys.readouterr()
    assert status == 2 and shown.out == ""
    assert shown.err.count("\n") == 1
