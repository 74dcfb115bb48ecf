"""Two scores of RDKit's contributed code, which its wheel carries with their data: SA score and NP score."""

import io
import warnings
from contextlib import redirect_stderr
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from rdkit import Chem, RDConfig

from assistant.tools.result import ToolError


def sa_score(molecule: Chem.Mol) -> float:
    """Synthetic accessibility, 1 (easy) to 10 (hard). ZeroDivisionError for what has no fragments."""
    return float(_sa_scorer().calculateScore(molecule))


def np_score(molecule: Chem.Mol) -> float:
    """Natural product-likeness, -5 to 5. ZeroDivisionError for what has no fragments."""
    scorer, model = _np_scorer()
    return float(scorer.scoreMol(molecule, model))


@cache
def _sa_scorer() -> ModuleType:
    scorer = _contributed("SA_Score", "sascorer")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the closing of its file to the collector
        scorer.readFragmentScores()
    return scorer


@cache
def _np_scorer() -> tuple[ModuleType, Any]:
    scorer = _contributed("NP_Score", "npscorer")
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):  # it reports its progress
        warnings.simplefilter("ignore", ResourceWarning)
        return scorer, scorer.readNPModel()


def _contributed(folder: str, name: str) -> ModuleType:
    path = Path(RDConfig.RDContribDir) / folder / f"{name}.py"
    if not path.is_file():
        raise ToolError(
            "NOT_INSTALLED",
            f"This build of RDKit comes without Contrib/{folder}.",
            "Whoever runs this server can install RDKit from its wheel.",
        )
    spec = spec_from_file_location(name, path)
    assert spec and spec.loader, path
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
