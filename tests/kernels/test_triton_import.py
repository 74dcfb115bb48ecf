import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def names(monkeypatch) -> dict:
    """What kernels/triton_import.py gives where Triton is not installed."""
    monkeypatch.setitem(sys.modules, "triton", None)
    return runpy.run_path(str(ROOT / "kernels/triton_import.py"))


def test_without_triton_a_kernel_can_be_defined(names):
    triton, tl = names["triton"], names["tl"]

    @triton.jit
    def plain(x_ptr, BLOCK: tl.constexpr):
        pass

    @triton.jit(do_not_specialize=["T"])
    def with_options(x_ptr, T):
        pass

    assert not names["is_interpreted"]


def test_without_triton_a_launch_says_what_is_missing(names):
    kernel = names["triton"].jit(lambda x_ptr: None)

    with pytest.raises(RuntimeError, match="Triton is not installed"):
        kernel[(1,)](None)


def test_without_triton_every_kernel_file_can_be_imported():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "kernels").rglob("*.py"))
        if path.stem != "__main__"
    ]
    program = f"import sys; sys.modules['triton'] = None; import {', '.join(modules)}"

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_another_missing_module_is_not_taken_for_triton(monkeypatch, tmp_path):
    (tmp_path / "triton").mkdir()
    (tmp_path / "triton/__init__.py").write_text("import a_module_that_is_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "triton"]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        runpy.run_path(str(ROOT / "kernels/triton_import.py"))
