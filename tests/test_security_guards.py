"""What the code of the app must not contain: ways to run what somebody sent."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [path for folder in ("kernels", "engine", "assistant") for path in (ROOT / folder).rglob("*.py")]
SOURCES += [ROOT / "app.py"] if (ROOT / "app.py").exists() else []

BANNED_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_ATTRIBUTES = {
    ("torch", "load"),
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("os", "system"),
    ("os", "popen"),
    ("multiprocessing", "Queue"),
    ("multiprocessing", "Pipe"),
}
BANNED_ARGUMENTS = {("allow_pickle", True), ("shell", True), ("trust_remote_code", True), ("weights_only", False)}
BANNED_FUNCTIONS = {"broadcast_object_list", "all_gather_object", "gather_object", "scatter_object_list"}


def violations(source: str) -> list[str]:
    return [f"line {node.lineno}: {what}" for node in ast.walk(ast.parse(source)) for what in _banned(node)]


def _banned(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (f"import {name.name}" for name in names if name.name.split(".")[0] in BANNED_MODULES)
        case ast.ImportFrom(module=str(module), names=names):
            if module.split(".")[0] in BANNED_MODULES:
                yield f"from {module} import"
            for name in names:
                if (module, name.name) in BANNED_ATTRIBUTES or name.name in BANNED_FUNCTIONS:
                    yield f"from {module} import {name.name}"
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in BANNED_ATTRIBUTES:
            yield f"{owner}.{name}"
        case ast.Attribute(attr=name) if name in BANNED_FUNCTIONS:
            yield name
        case ast.Call(func=ast.Name(id=name)) if name in BANNED_CALLS:
            yield f"{name}()"
        case ast.keyword(arg=str(name), value=ast.Constant(value=value)) if (name, value) in BANNED_ARGUMENTS:
            yield f"{name}={value}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_was_sent_can_be_run(path):
    assert not violations(path.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import os, pickle as p",
        "from pickle import loads",
        "import joblib.memory",
        "import marshal",
        "import shelve",
        "torch.load(path)",
        "from torch import load",
        "yaml.load(text)",
        "numpy.load(path, allow_pickle=True)",
        "subprocess.run(command, shell=True)",
        "AutoModel.from_pretrained(path, trust_remote_code=True)",
        "eval(text)",
        "exec(text)",
        "os.system(command)",
        "dist.broadcast_object_list(objects)",
    ],
)
def test_the_guard_sees(source):
    assert violations(source)


@pytest.mark.parametrize("source", ["model.eval()", "re.compile(x)", "numpy.load(path, allow_pickle=False)", "load(p)"])
def test_the_guard_lets_pass(source):
    assert not violations(source)
