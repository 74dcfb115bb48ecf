"""Names that the tables lack, or take for another compound."""

# The table of names knows some amino acids as their D or allo form; a name without a prefix means the one in proteins.
_AMINO_ACIDS = (
    "alanine",
    "arginine",
    "aspartic acid",
    "isoleucine",
    "leucine",
    "methionine",
    "threonine",
)

# To a name or a CAS number of the table, or a name of the wwPDB dictionary of components.
ALIASES: dict[str, str] = {name: f"l-{name}" for name in _AMINO_ACIDS} | {
    "azt": "zidovudine",
    "c60": "buckminsterfullerene",
    "codeine": "76-57-3",
    "gleevec": "imatinib",
    "ipa": "isopropanol",
    "lye": "sodium hydroxide",
    "thf": "tetrahydrofuran",
}

# To ids of the wwPDB dictionary.
COMPONENTS: dict[str, str] = {
    "acetyl coa": "ACO",
    "acetyl coenzyme a": "ACO",
    "acetyl-coa": "ACO",
    "adenosine diphosphate": "ADP",
    "adp": "ADP",
    "apixaban": "GG2",
    "fad": "FAD",
    "flavin adenine dinucleotide": "FAD",
    "gtp": "GTP",
    "guanosine triphosphate": "GTP",
    "ibrutinib": "1E8",
    "nadh": "NAI",
    "nadph": "NDP",
    "nicotine": "NCT",
    "rapamycin": "RAP",
    "sirolimus": "RAP",
    "tofacitinib": "MI1",
    "venetoclax": "LBM",
}
