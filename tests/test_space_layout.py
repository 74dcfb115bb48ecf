"""What a Hugging Face Space reads: the head of README.md, requirements.txt, packages.txt."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent


def head():
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text(), re.DOTALL)
    return dict(line.split(": ", 1) for line in found[1].splitlines())


def test_the_head_of_the_readme_names_what_a_space_needs():
    lines = head()

    assert lines["sdk"] == "gradio"
    assert lines["sdk_version"] == version("gradio")
    assert (ROOT / lines["app_file"]).is_file()
    assert lines["python_version"] == '"3.11"'
    assert len(lines["short_description"]) <= 60


def test_a_space_installs_what_the_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]

    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]

    science = [line for line in extras["science"] + extras["seismic"] if not line.startswith("benchside")]
    assert lines == project["dependencies"] + science


def test_a_space_has_the_compiler_of_the_engines_own_operations():
    assert (ROOT / "packages.txt").read_text().split() == ["g++"]
