"""Radii of atoms in proteins, with their hydrogens, in Å.

J. Tsai, R. Taylor, C. Chothia and M. Gerstein, The packing density in proteins, J. Mol. Biol. 290 (1999) 253 (ProtOr);
for what is no amino acid the van der Waals radii of A. Bondi, J. Phys. Chem. 68 (1964) 441.
"""

CARBONYL, AROMATIC, ALIPHATIC = 1.61, 1.76, 1.88
NITROGEN, OXYGEN, HYDROXYL, SULPHUR = 1.64, 1.42, 1.46, 1.77

PLANAR = {  # side-chain carbons without hydrogen
    "ASN": {"CG"},
    "ASP": {"CG"},
    "GLN": {"CD"},
    "GLU": {"CD"},
    "ARG": {"CZ"},
    "HIS": {"CG"},
    "PHE": {"CG"},
    "TYR": {"CG", "CZ"},
    "TRP": {"CG", "CD2", "CE2"},
}
RING = {  # side-chain carbons with one hydrogen, in a plane
    "HIS": {"CD2", "CE1"},
    "PHE": {"CD1", "CD2", "CE1", "CE2", "CZ"},
    "TYR": {"CD1", "CD2", "CE1", "CE2"},
    "TRP": {"CD1", "CE3", "CZ2", "CZ3", "CH2"},
}
ALCOHOLS = {("SER", "OG"), ("THR", "OG1"), ("TYR", "OH")}
BONDI = {
    "C": 1.70,
    "N": 1.55,
    "O": 1.52,
    "S": 1.80,
    "P": 1.80,
    "F": 1.47,
    "CL": 1.75,
    "BR": 1.85,
    "I": 1.98,
    "SE": 1.90,
    "NA": 2.27,
    "MG": 1.73,
    "K": 2.75,
    "ZN": 1.39,
    "CU": 1.40,
    "NI": 1.63,
}
DEFAULT = 1.8
AMINO_ACIDS = frozenset(
    [
        "ALA",
        "ARG",
        "ASN",
        "ASP",
        "CYS",
        "GLN",
        "GLU",
        "GLY",
        "HIS",
        "ILE",
        "LEU",
        "LYS",
        "MET",
        "PHE",
        "PRO",
        "SER",
        "THR",
        "TRP",
        "TYR",
        "VAL",
    ]
)


def radius(residue: str, atom: str, element: str) -> float:
    """residue ALA, atom CB, element C: 1.88"""
    if residue not in AMINO_ACIDS:
        return BONDI.get(element, DEFAULT)
    match element:
        case "C" if atom == "C" or atom in PLANAR.get(residue, ()):
            return CARBONYL
        case "C":
            return AROMATIC if atom in RING.get(residue, ()) else ALIPHATIC
        case "N":
            return NITROGEN
        case "O":
            return HYDROXYL if (residue, atom) in ALCOHOLS or atom == "OXT" else OXYGEN
    return SULPHUR if element == "S" else BONDI.get(element, DEFAULT)
