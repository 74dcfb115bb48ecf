"""Systematic names: OPSIN, a Java program that py2opsin carries, reads them; openclatura writes them."""

import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from rdkit import Chem

from assistant.tools.molecule import quiet_rdkit, rdkit_messages, shorten
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

JAVA_TIMEOUT_S = 12.0
# A JVM takes what the machine has, unless told; a job may take 1 GB.
JAVA_OPTIONS = (
    "-Xmx192m",
    "-Xss1m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:CompressedClassSpaceSize=16m",
    "-XX:ReservedCodeCacheSize=32m",
    "-XX:-UsePerfData",
)

RoundTrip = Literal["yes", "no", "not available"]


def name_source() -> str:
    return f"openclatura {version('openclatura')}"


def opsin_source() -> str:
    return f"OPSIN of py2opsin {version('py2opsin')}"


def smiles_of_name(name: str) -> str:
    """ToolError NAME_NOT_PARSED with OPSIN's reason, NO_JAVA, NOT_INSTALLED or JAVA_FAILED."""
    command = [_java(), *JAVA_OPTIONS, "-jar", _opsin_jar(), "-osmi"]
    try:
        done = subprocess.run(command, input=f"{name}\n", capture_output=True, encoding="utf-8", timeout=JAVA_TIMEOUT_S)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise ToolError("JAVA_FAILED", f"OPSIN gave no answer within {JAVA_TIMEOUT_S:.0f} s.", "Try again.") from error
    if done.returncode != 0:
        reason = " ".join(done.stderr.split())[:200]
        raise ToolError("JAVA_FAILED", f"OPSIN ended with status {done.returncode}: {reason}", "Give a SMILES instead.")
    if smiles := done.stdout.strip():
        return smiles
    raise ToolError(
        "NAME_NOT_PARSED",
        f"OPSIN cannot read '{shorten(name)}'{_reason(done.stderr)}.",
        "Use lookup_compound for trivial names, or give a SMILES.",
    )


def name_of(molecule: Chem.Mol) -> str:
    """ToolError NO_NAME where openclatura's rules end."""
    openclatura = optional("openclatura")
    smiles = Chem.MolToSmiles(molecule)
    try:
        with quiet_rdkit():
            name = openclatura.name_smiles(smiles)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError) as error:
        raise _no_name(smiles) from error  # its rules are many, and not all of them meet
    if not name:
        raise _no_name(smiles)
    return str(name)


def round_trip(name: str, molecule: Chem.Mol) -> RoundTrip:
    """Whether OPSIN reads the name as the same molecule, stereochemistry included."""
    try:
        smiles = smiles_of_name(name)
    except ToolError as error:
        return "no" if error.code == "NAME_NOT_PARSED" else "not available"
    with rdkit_messages():
        read = Chem.MolFromSmiles(smiles)
        if read is None:
            return "no"
        is_same = Chem.MolToSmiles(read) == Chem.MolToSmiles(molecule) or (
            Chem.MolToInchi(read) == Chem.MolToInchi(molecule) != ""
        )
    return "yes" if is_same else "no"


def _no_name(smiles: str) -> ToolError:
    return ToolError(
        "NO_NAME", f"openclatura has no name for {shorten(smiles)}.", "Give the SMILES or the InChI instead."
    )


def _java() -> str:
    if java := shutil.which("java"):
        return java
    raise ToolError(
        "NO_JAVA",
        "Reading an IUPAC name needs a Java runtime (OPSIN), which is not installed.",
        "Give a SMILES, or use lookup_compound for common names.",
    )


def _opsin_jar() -> str:
    """Found without importing py2opsin, which starts Java to see whether it is there."""
    spec = find_spec("py2opsin")
    jars = sorted(Path(spec.origin).parent.glob("opsin-cli-*.jar")) if spec and spec.origin else []
    if not jars:
        raise ToolError(
            "NOT_INSTALLED",
            "This tool needs the package py2opsin, which is not installed.",
            "Whoever runs this server can install it: pip install 'benchside[science]'.",
        )
    return str(jars[-1])


def _reason(stderr: str) -> str:
    for line in stderr.splitlines():
        _, found, reason = line.partition("is unparsable due to the following being uninterpretable: ")
        if found:
            return f"; not understood: {reason.split(' The following was not parseable')[0].strip()[:80]}"
    return ""
