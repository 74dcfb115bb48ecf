import pytest

from engine.domain_detection import pro_detectors, s1_detectors, split_domains
from engine.errors import CheckpointError
from engine.smiles_check import MAX_PARSED_CHARACTERS, obeys_rules, smiles_check

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PROTEIN = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ"
DNA = "ATGGCCATTGTAATGGGCCGCTGAAAGGGTGCCCGATAG"
PRO = pro_detectors(uses_rdkit=True)
NO_RDKIT = pro_detectors(uses_rdkit=False)


def found(text, detectors=PRO):
    pieces = split_domains(text, detectors)
    assert "".join(piece for piece, _ in pieces) == text
    return [(piece, domain) for piece, domain in pieces if domain is not None]


def test_molecules_proteins_and_nucleic_acids_are_cut_out_of_prose():
    text = f"Dock {ASPIRIN}, then align {PROTEIN} and {DNA}."

    assert found(text) == [(ASPIRIN, "SMILES"), (PROTEIN, "PROT"), (DNA, "XNA")]


def test_intern_s1_takes_every_sequence_for_fasta():
    assert found(f"{PROTEIN} {DNA}", s1_detectors(uses_rdkit=True)) == [(PROTEIN, "FASTA"), (DNA, "FASTA")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("The quick brown fox isn't a molecule.", id="prose"),
        pytest.param("C" * 9, id="too-short"),
        pytest.param(f"x{ASPIRIN}", id="letter-before"),
        pytest.param(f"{ASPIRIN}x", id="letter-after"),
        pytest.param("+1-800-555-0199", id="phone-number"),
        pytest.param(PROTEIN[:26], id="protein-of-26"),
        pytest.param(PROTEIN.lower(), id="lower-case"),
    ],
)
def test_nothing_is_found_in(text):
    assert found(text) == []


def test_a_molecule_neither_begins_nor_ends_with_a_sign_of_the_sentence():
    assert found("=CCCCCCCCCCCC.:=") == [("C" * 12, "SMILES")]


@pytest.mark.parametrize(
    ("text", "by_rdkit", "by_rules"),
    [
        pytest.param("C*CCCCCCCCC", True, False, id="any-atom"),
        pytest.param("C[C@](F)(Cl)BrCCC", False, True, id="bromine-with-two-bonds"),
        pytest.param("C(CCCCCCCCC", False, True, id="open-branch"),
        pytest.param("c1ccccc1cc", False, True, id="aromatic-tail"),
        pytest.param("boonboonboon", False, False, id="word"),
        pytest.param("C1CCCCCCCCC", False, False, id="open-ring"),
        pytest.param("C--CCCCCCCC", False, False, id="two-bonds"),
        pytest.param("C%10CCCCCCCCC%10", True, True, id="ring-ten"),
    ],
)
def test_rdkit_and_the_rules_differ_on_what_is_nearly_right(text, by_rdkit, by_rules):
    assert bool(found(text, PRO)) == by_rdkit
    assert bool(found(text, NO_RDKIT)) == by_rules


def test_a_candidate_too_long_for_rdkit_is_judged_by_the_rules():
    open_branch = "C(" + "C1CC1" * (MAX_PARSED_CHARACTERS // 5)

    assert obeys_rules(open_branch)
    assert found(open_branch) == [(open_branch, "SMILES")]
    assert found(open_branch[:-5]) == []


def test_rdkit_is_quiet_about_what_is_no_molecule(capfd):
    smiles_check(uses_rdkit=True)("C1CCCCCCCCC")

    assert capfd.readouterr() == ("", "")


def test_a_tokenizer_that_wants_rdkit_says_when_it_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rdkit", None)

    with pytest.raises(CheckpointError, match="pip install rdkit"):
        smiles_check(uses_rdkit=True)


@pytest.mark.parametrize(
    "unit", ["A", "C", "(", "[", "C[", "CCCCCCCC[", "[C", "1", "<", ".", "C.", "=", "C:", "c1", " "]
)
@pytest.mark.parametrize("detectors", [PRO, NO_RDKIT], ids=["rdkit", "rules"])
def test_no_text_takes_quadratic_time(unit, detectors):
    found(unit * (200_000 // len(unit)), detectors)  # 10^10 steps would not end before the time limit
