"""Our package `kernels` has the name of one by Hugging Face that transformers looks for."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import kernels

ROOT = Path(__file__).parent.parent.parent
# What the engine, the trainer and the tests import of it
MODULES = (
    "transformers",
    "transformers.integrations.hub_kernels",
    "transformers.models.llama.modeling_llama",
    "transformers.models.mixtral.modeling_mixtral",
    "transformers.models.qwen3.modeling_qwen3",
    "transformers.models.qwen3_moe.modeling_qwen3_moe",
)


@pytest.mark.timeout(180)  # a fresh process that imports transformers
def test_transformers_imports_from_the_repository_root():
    code = f"import importlib\nfor name in {MODULES!r}: importlib.import_module(name)"

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=170)


def test_our_package_is_a_docstring():
    assert kernels.__file__ == str(ROOT / "kernels" / "__init__.py")
    public = {name for name in vars(kernels) if not name.startswith("__")}
    submodules = {path.stem for path in (ROOT / "kernels").iterdir()}
    assert public <= submodules


def test_the_package_that_ours_hides_is_not_installed():
    names = {distribution.metadata["Name"] for distribution in importlib.metadata.distributions()}

    assert "kernels" not in names
