"""The import rules of README.md: app -> assistant -> engine -> kernels, and what each may not pull in."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"kernels", "engine", "assistant", "app", "tests"}
# Programs of their own, which put the rooms together as app.py does: nothing that serves imports them.
PROGRAMS = {
    *(ROOT / "assistant/nano").glob("*.py"),
    ROOT / "assistant/evaluate.py",
    ROOT / "assistant/tools/__main__.py",
} - {ROOT / "assistant/nano/__init__.py"}
BORDER = (
    "engine.errors",
    "engine.sampling_params",
    "engine.grammar.structure",
    "engine.messages",
    "engine.media",
    "engine.dialects",
    "engine.processors",
)
RULES = [
    # files, ours, banned
    ("kernels/**/*.py", ("kernels",), {"transformers", "gradio"}),
    ("engine/**/*.py", ("engine", "kernels"), {"gradio"}),
    (
        "engine/{errors,sampling_params,media,messages,sequence,block_manager,step_plan,scheduler,engine,service}.py",
        ("engine",),
        {"torch", "triton"},
    ),
    ("engine/dialects/*.py", ("engine",), {"torch", "triton"}),
    (
        "engine/processors/*.py",
        ("engine.errors", "engine.media", "engine.config_fields", "engine.processors"),
        {"torch", "triton"},
    ),
    ("assistant/**/*.py", ("assistant", *BORDER), {"torch", "triton"}),
    ("assistant/nano/*.py", ("assistant", "engine"), {"gradio", "triton"}),
    ("assistant/tools/**/*.py", ("assistant.tools",), {"torch", "triton", "gradio"}),
]


def expand(pattern: str) -> list[Path]:
    head, brace, rest = pattern.partition("{")
    names, _, tail = rest.partition("}")
    return [p for name in names.split(",") for p in ROOT.glob(head + name + tail)] if brace else [*ROOT.glob(pattern)]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize(("files", "ours", "banned"), RULES, ids=[rule[0] for rule in RULES])
def test_imports_point_downwards(files, ours, banned):
    paths = [path for path in expand(files) if path not in PROGRAMS or "nano" in files]
    assert paths, f"no file matches {files}"
    wrong = []
    for path in paths:
        for name in imports(path):
            top = name.split(".")[0]
            upward = top in OURS and not any(name == o or name.startswith(o + ".") for o in ours)
            if upward or top in banned or top == "":
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_triton_comes_through_one_file():
    importers = {
        str(path.relative_to(ROOT))
        for folder in ("kernels", "engine", "assistant")
        for path in (ROOT / folder).rglob("*.py")
        if any(name.split(".")[0] == "triton" for name in imports(path))
    }

    assert importers == {"kernels/triton_import.py"}


def test_nothing_that_serves_imports_a_program():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in PROGRAMS}

    importers = [
        path.relative_to(ROOT)
        for folder in ("kernels", "engine", "assistant")
        for path in (ROOT / folder).rglob("*.py")
        if path not in PROGRAMS and names & imports(path)
    ]

    assert not importers


def test_only_training_needs_torch_in_the_workshop():
    users = {path.name for path in PROGRAMS if any(name.split(".")[0] == "torch" for name in imports(path))}

    assert users == {"student.py", "train.py"}
