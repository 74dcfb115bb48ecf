import pytest

from assistant.attachments.pasted import MAX_FOUND, Pasted, find_pasted

HBA = "MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLL"


def found(question):
    pasted = find_pasted(question)
    assert all(question[one.start : one.end] == one.text for one in pasted)
    return [(one.kind, one.text) for one in pasted]


@pytest.mark.parametrize(
    ("question", "smiles"),
    [
        ("Draw caffeine, CN1C=NC2=C1C(=O)N(C(=O)N2C)C", ["CN1C=NC2=C1C(=O)N(C(=O)N2C)C"]),
        ("Show ibuprofen in 3D: CC(C)Cc1ccc(cc1)C(C)C(=O)O.", ["CC(C)Cc1ccc(cc1)C(C)C(=O)O"]),
        ("What is C1=CC=C(C=C1)[N+](=O)[O-]?", ["C1=CC=C(C=C1)[N+](=O)[O-]"]),
        ("Is (N[C@@H](C)C(=O)O) chiral", ["N[C@@H](C)C(=O)O"]),
        ("compare `c1ccccc1` and “C1CCCCC1”", ["c1ccccc1", "C1CCCCC1"]),
        ("[Na+].[Cl-].CC(=O)[O-].[Na+] is a salt", ["[Na+].[Cl-].CC(=O)[O-].[Na+]"]),
        ("画出阿司匹林：CC(=O)Oc1ccccc1C(=O)O。", ["CC(=O)Oc1ccccc1C(=O)O"]),
        ("画出CC(=O)Oc1ccccc1C(=O)O的结构", ["CC(=O)Oc1ccccc1C(=O)O"]),
        ("C[C@H](N)C(=O)\N{FULLWIDTH LATIN CAPITAL LETTER O}", []),  # RDKit would read the aldehyde in it
        ("C/C=C\\C or C/C=C/C?", ["C/C=C\\C", "C/C=C/C"]),
        ("The mass of CCO", ["CCO"]),
        ("CC(=O)OC1=CC=CC=C1C(=O)O\nCCO ethanol\n", ["CC(=O)OC1=CC=CC=C1C(=O)O", "CCO"]),
    ],
)
def test_smiles_are_found_in_a_sentence(question, smiles):
    assert found(question) == [("smiles", text) for text in smiles]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "p<0.05 and a<b",
        "C6H12O6 weighs 180.16 g/mol, H2O 18.02",
        "I am in Boston. No, on Sunday (see Fig. 1).",
        "Calculate 8.314*298.15/1000",
        "Is NO2 or SO2 worse than CO2?",
        "SOS! HELP! THE INTERNATIONAL UNION",
        "> a quotation\n> goes on here\nand ends",
        "f(x) = sin(x)/x, x[1] = 3",
        "https://example.org/Cc1?=O",
        "PBS, BSA, SDS, NaCl, KCl and FeSO4",
        "10.1016/j.cell.2020.01.001",
        "(S)-1-phenylethanol, 2,4-dinitrophenol",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "CCCCC" * 1000,
    ],
)
def test_other_words_are_no_molecules(question):
    assert not [kind for kind, _ in found(question) if kind != "sequence"]


@pytest.mark.parametrize(
    ("question", "sequences"),
    [
        (f"Isoelectric point of {HBA}?", [HBA]),
        ("Translate ATGGCCATTGTAATGGGCCGC, please", ["ATGGCCATTGTAATGGGCCGC"]),
        ("翻译 atggccattgtaatgggccgc。", ["atggccattgtaatgggccgc"]),
        ("the RNA AUGGCCAUUGUAAUG", ["AUGGCCAUUGUAAUG"]),
        ("ACGT is short and so is MVLSPADKTN", []),
        ("ACKNOWLEDGEMENTS", []),
    ],
)
def test_long_sequences_are_found_in_a_sentence(question, sequences):
    assert found(question) == [("sequence", text) for text in sequences]


def test_a_fasta_is_one_block_whatever_stands_around_it():
    records = f">sp|P69905|HBA_HUMAN\n{HBA[:60]}\n{HBA[60:]}\n>sp|P68871\nMVHLTPEEKSAV"

    pasted = find_pasted(f"Align these:\n{records}\n\nand draw CC(=O)O")

    assert [one.kind for one in pasted] == ["fasta", "smiles"]
    assert pasted[0] == Pasted("fasta", records, 13, 13 + len(records))


def test_a_long_list_is_cut():
    assert len(find_pasted("CC(=O)O " * 500)) == MAX_FOUND


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "[" * 20_000, "C(" * 10_000, ">" * 20_000, ">a\n" * 7_000, "C1" * 999, '"' * 20_000]
)
@pytest.mark.timeout(5)
def test_hostile_text_takes_no_time(text):
    find_pasted(text)
