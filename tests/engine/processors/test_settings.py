import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import CheckpointError
from engine.processors.settings import (
    INTERN_S1,
    INTERN_S1_PRO,
    ProcessorSettings,
    read_processor_settings,
)
from tests.golden import GOLDEN, needs_golden

PRO_CONFIG = {"architectures": ["InternS1ProForConditionalGeneration"], "vision_config": {"patch_size": 16}}
S1_CONFIG = {"architectures": ["InternS1ForConditionalGeneration"], "vision_config": {"patch_size": [14, 14]}}


def write(folder: Path, name: str, **fields: object) -> None:
    (folder / name).write_text(json.dumps(fields))


@needs_golden
@pytest.mark.parametrize(
    ("case", "kinds"),
    [("pro-tiny", ("image", "video", "signal")), ("s1-tiny", ("image", "video")), ("mini-tiny", ("image", "video"))],
)
def test_the_released_files_say_the_released_values(case, kinds):
    folder = GOLDEN / case / "checkpoint"

    settings = read_processor_settings(folder, json.loads((folder / "config.json").read_text()))

    released = INTERN_S1_PRO if case == "pro-tiny" else INTERN_S1
    assert settings == released
    assert settings.kinds == kinds


def test_absent_files_stand_for_the_released_values(tmp_path):
    assert read_processor_settings(tmp_path, S1_CONFIG) == INTERN_S1
    assert read_processor_settings(tmp_path, PRO_CONFIG | {"ts_config": {"d_model": 8}}) == INTERN_S1_PRO


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": ["Qwen3ForCausalLM"], "vision_config": {"patch_size": 16}},
        {"architectures": ["InternS1ForConditionalGeneration"]},
        {"architectures": []},
        {},
    ],
    ids=["another family", "no vision_config", "no architecture", "empty"],
)
def test_a_text_model_has_none(tmp_path, config):
    assert read_processor_settings(tmp_path, config) is None


def test_crop_to_patches_false_is_not_obeyed(tmp_path):
    write(tmp_path, "preprocessor_config.json", crop_to_patches=False, max_patches=6)

    settings = read_processor_settings(tmp_path, S1_CONFIG)

    assert settings is not None
    assert (settings.min_tiles, settings.max_tiles) == (1, 6)


def test_settings_survive_json():
    for settings in (INTERN_S1, INTERN_S1_PRO):
        assert ProcessorSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("file", "fields", "named"),
    [
        ("preprocessor_config.json", {"patch_size": 14}, "vision_config.patch_size is 16"),
        ("preprocessor_config.json", {"patch_size": "16"}, "patch_size is 16"),
        ("preprocessor_config.json", {"merge_size": True}, "merge_size is True"),
        ("preprocessor_config.json", {"temporal_patch_size": 4}, "temporal_patch_size is 4"),
        ("preprocessor_config.json", {"image_std": [0.5, 0.5, 0]}, "image_std is"),
        ("preprocessor_config.json", {"image_mean": 0.5}, "image_mean is 0.5"),
        ("preprocessor_config.json", {"do_rescale": False}, "do_rescale is False"),
        ("preprocessor_config.json", {"rescale_factor": 1}, "rescale_factor is 1"),
        ("preprocessor_config.json", {"resample": 2}, "resample is 2"),
        ("preprocessor_config.json", {"size": 448}, "size is 448"),
        ("preprocessor_config.json", {"size": {"shortest_edge": 65536, "longest_edge": 4}}, "size.longest_edge is 4"),
        ("video_preprocessor_config.json", {"fps": 0}, "fps is 0"),
        ("video_preprocessor_config.json", {"image_mean": [0, 0, 0]}, "image_mean is [0, 0, 0]"),
        ("video_preprocessor_config.json", {"patch_size": 14}, "patch_size is 14"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(tmp_path, file, fields, named):
    write(tmp_path, file, **fields)

    with pytest.raises(CheckpointError) as caught:
        read_processor_settings(tmp_path, PRO_CONFIG)

    assert named in str(caught.value)
    assert ".json" in str(caught.value)


@pytest.mark.parametrize("size", [{"height": 448, "width": 224}, {"height": 450, "width": 450}])
def test_tiles_that_the_tower_cannot_read_are_refused(tmp_path, size):
    write(tmp_path, "preprocessor_config.json", size=size)

    with pytest.raises(CheckpointError, match="size"):
        read_processor_settings(tmp_path, S1_CONFIG)


def test_a_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "preprocessor_config.json").write_text("{")

    with pytest.raises(CheckpointError, match="preprocessor_config.json cannot be read"):
        read_processor_settings(tmp_path, S1_CONFIG)


def test_the_processors_need_no_torch():
    program = (
        "import sys; sys.modules['torch'] = None; import engine.processors.prepare, engine.processors.stored_input"
    )

    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=True)
