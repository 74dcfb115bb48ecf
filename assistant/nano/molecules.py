"""Molecules and names to talk about, from tables that ship with RDKit and chemicals, split into train and held-out.

The split is by a hash of the molecule itself (canonical SMILES without stereo), so another way of writing a
molecule can never be a test molecule.
"""

import csv
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import chemicals
from rdkit import Chem, RDConfig, RDLogger

HELD_OUT_SHARE = 0.04
MAX_LENGTH = 110
BACKSLASH_SHARE = 0.06
# length of the SMILES, share of the draws: short molecules are what people type most
LENGTH_MIX = ((2, 12, 0.12), (13, 30, 0.38), (31, 55, 0.32), (56, 80, 0.13), (81, MAX_LENGTH, 0.05))


@dataclass(frozen=True, slots=True)
class Compound:
    """A molecule of a table; name is empty where the table gives none a person would type."""

    smiles: str
    name: str


def load_compounds(held_out: bool) -> list[Compound]:
    """Every molecule of one side of the split, in a fixed order."""
    RDLogger.DisableLog("rdApp.*")
    seen: set[str] = set()
    compounds = []
    for compound in (*_pubchem(), *_rdkit_lists()):
        key = identity(compound.smiles)
        if key and key not in seen and is_held_out(key) == held_out:
            seen.add(key)
            compounds.append(compound)
    return compounds


def is_held_out(identity: str) -> bool:
    return int(hashlib.sha256(identity.encode()).hexdigest()[:8], 16) < HELD_OUT_SHARE * 2**32


class MoleculeSampler:
    """Draws molecules by LENGTH_MIX and writes each as people do: as found, canonical, kekulised or reordered."""

    def __init__(self, compounds: list[Compound], rng: random.Random) -> None:
        self._rng = rng
        self._bins = [[c.smiles for c in compounds if low <= len(c.smiles) <= high] for low, high, _ in LENGTH_MIX]
        # a backslash is doubled inside JSON, the one place where copying is not literal
        self._with_backslash = [c.smiles for c in compounds if "\\" in c.smiles]
        self._named = [c for c in compounds if c.name]

    def smiles(self) -> str:
        if self._with_backslash and self._rng.random() < BACKSLASH_SHARE:
            return self._rng.choice(self._with_backslash)
        bin_ = self._rng.choices(self._bins, weights=[share for _, _, share in LENGTH_MIX])[0]
        return self._rewritten(self._rng.choice(bin_))

    def named(self) -> Compound:
        return self._rng.choice(self._named)

    def _rewritten(self, smiles: str) -> str:
        style = self._rng.random()
        if style < 0.35:
            return smiles
        molecule = Chem.MolFromSmiles(smiles)
        if style < 0.75:
            written = Chem.MolToSmiles(molecule)
        elif style < 0.85:
            Chem.Kekulize(molecule, clearAromaticFlags=True)
            written = Chem.MolToSmiles(molecule, kekuleSmiles=True)
        else:
            written = Chem.MolToRandomSmilesVect(molecule, 1, randomSeed=self._rng.randrange(2**31))[0]
        return written if len(written) <= MAX_LENGTH else smiles


def identity(smiles: str) -> str:
    """What makes two SMILES the same molecule for the split; empty if it cannot be used."""
    if not 2 <= len(smiles) <= MAX_LENGTH:
        return ""
    molecule = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(molecule, isomericSmiles=False) if molecule and molecule.GetNumAtoms() else ""


def _pubchem() -> list[Compound]:
    """The table behind lookup_compound: id, CAS, formula, weight, SMILES, InChI, InChIKey, IUPAC name, common name."""
    folder = Path(chemicals.__file__).parent / "Identifiers"
    compounds = []
    for part in ("small", "large"):
        with (folder / f"chemical identifiers pubchem {part}.tsv").open(encoding="utf-8") as table:
            for row in csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                name = row[8] if len(row) > 8 and _is_typable(row[8]) else ""
                compounds.append(Compound(row[4], name))
    return compounds


def _is_typable(name: str) -> bool:
    return 3 <= len(name) <= 28 and name.isascii() and any(c.isalpha() for c in name) and name.count(" ") <= 2


def _rdkit_lists() -> list[Compound]:
    lines: list[str] = []
    for path in (
        Path(RDConfig.RDDataDir) / "NCI/first_5K.smi",
        Path(RDConfig.RDContribDir) / "FreeWilson/data/CHEMBL2321810.smi",
        Path(RDConfig.RDContribDir) / "fraggle/data/ChEMBL_11265_actives.smi",
        Path(RDConfig.RDContribDir) / "Fastcluster/cdk2.smi",
    ):
        lines += path.read_text(encoding="utf-8").splitlines()
    return [Compound(line.split()[0], "") for line in lines if line.strip()]
