"""What is known of a structure, in words."""

from collections import Counter
from dataclasses import dataclass

from assistant.attachments.plain_text import counted

METHODS = {"X-RAY DIFFRACTION": "X-ray", "SOLUTION NMR": "NMR", "ELECTRON MICROSCOPY": "cryo-EM"}
MAX_LIGANDS = 10
Position = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """trace: of its CA or P atoms, in Å. sequence: one letter a residue; empty where that is not known."""

    name: str
    num_residues: int
    sequence: str
    trace: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """resolution: Å; 0 where the file does not say."""

    title: str
    entry: str
    method: str
    resolution: float
    chains: tuple[Chain, ...]
    ligands: tuple[str, ...]
    num_waters: int
    num_models: int
    num_atoms: int

    def understood(self) -> str:
        """`1 chain, 76 residues, 58 waters, 1.8 Å X-ray`"""
        facts = [counted(len(self.chains), "chain")] if self.chains else [counted(self.num_atoms, "atom")]
        if self.chains:
            facts.append(counted(sum(chain.num_residues for chain in self.chains), "residue"))
        if self.ligands:
            facts.append(f"{'ligand' if len(self.ligands) == 1 else 'ligands'} {self._ligands()}")
        if self.num_waters:
            facts.append(counted(self.num_waters, "water"))
        if self.num_models > 1:
            facts.append(counted(self.num_models, "model"))
        method = METHODS.get(self.method.upper(), self.method.capitalize())
        resolution = f"{self.resolution:g} Å" if 0 < self.resolution < 100 else ""
        return ", ".join(filter(None, [*facts, f"{resolution} {method}".strip()]))

    def lines(self) -> list[str]:
        """For the model, who has no use for coordinates."""
        lines = [f"entry {self.entry}"] if self.entry else []
        if self.title:
            lines.append(f"title: {self.title}")
        for chain in self.chains:
            lines.append(
                f"chain {chain.name or '(no name)'}: {counted(chain.num_residues, 'residue')} {chain.sequence}".strip()
            )
        if self.ligands:
            lines.append(f"ligands: {self._ligands()}")
        lines.append(counted(self.num_atoms, "atom"))
        return lines

    def _ligands(self) -> str:
        counts = Counter(self.ligands)
        shown = [name if number == 1 else f"{number} {name}" for name, number in list(counts.items())[:MAX_LIGANDS]]
        return ", ".join(shown) + (f" and {len(counts) - MAX_LIGANDS} more" if len(counts) > MAX_LIGANDS else "")
