import csv
import io
import json
import re

import pytest

from assistant.tools.attached import attached_files
from assistant.tools.result import ToolError
from assistant.tools.structures.catalogue import TOOLS, warm_up
from assistant.tools.structures.chou_fasman import predict
from assistant.tools.structures.radii import radius
from assistant.tools.structures.residue_contacts import residue_contacts
from assistant.tools.structures.secondary_structure import secondary_structure
from assistant.tools.structures.solvent_accessibility import solvent_accessibility
from assistant.tools.structures.structure_summary import structure_summary
from assistant.tools.structures.superpose_structures import superpose_structures
from assistant.tools.structures.view_structure import view_structure
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared, shared_files
from tests.assistant.tools.test_structures_reading import MMCIF, atom, attach, mmcif_atom

pytestmark = needs_shared
UBIQUITIN = "1ubi_ubiquitin.pdb"
# UniProt P0CG47, residues 1-76
UBIQUITIN_SEQUENCE = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


@pytest.fixture(autouse=True)
def _files():
    with shared_files():
        yield


def rows(artifact):
    return list(csv.DictReader(io.StringIO(artifact.data)))


def refusal_of(tool, *arguments, **named):
    with pytest.raises(ToolError) as refusal:
        tool(*arguments, **named)
    return refusal.value


def test_ubiquitin_is_what_the_protein_data_bank_says():
    # rcsb.org/structure/1UBI: X-ray, 1.80 Å, P 21 21 21, one chain of 76 residues, no ligand, 81 waters
    result = structure_summary(UBIQUITIN)

    assert "1UBI: SYNTHETIC STRUCTURAL" in result.summary
    assert "X-ray diffraction, resolution 1.80 Å" in result.summary and "P 21 21 21" in result.summary
    assert "Chain A: protein, 76 residues (numbered 1-76)." in result.summary
    assert "Ligands: none. Waters: 81." in result.summary and "Disulphides: none." in result.summary
    assert UBIQUITIN_SEQUENCE in result.summary


def test_ubiquitins_helix_is_shown_along_its_sequence():
    # S. Vijay-Kumar et al., J. Mol. Biol. 194 (1987) 531: alpha helix 23-34
    view = json.loads(structure_summary(UBIQUITIN).artifacts[1].data)

    assert view["residues"] == UBIQUITIN_SEQUENCE
    assert {"start": 23, "end": 34, "label": "helix 23-34", "kind": "helix"} in view["features"]


def test_hiv_protease_is_what_the_protein_data_bank_says():
    # rcsb.org/structure/1HVR: 1.80 Å, P 61, two chains of 99 residues with cysteine 67 oxidised, inhibitor XK2
    result = structure_summary("1hvr.pdb")

    assert "resolution 1.80 Å" in result.summary and "space group P 61" in result.summary
    assert "Chain A: protein, 99 residues" in result.summary and "Chain B: protein, 99 residues" in result.summary
    assert "Ligands: XK2 A:263." in result.summary and "CSO A:67, CSO B:67" in result.summary
    # UniProt P03366, protease: it begins with PQVTLWQRP and has the active site DTG at 25-27
    sequence = rows(result.artifacts[0])[0]["sequence or name"]
    assert sequence.startswith("PQVTLWQRP") and sequence[24:27] == "DTG" and sequence[66] == "C"


def test_the_sequence_can_be_left_out():
    result = structure_summary(UBIQUITIN, include_sequence=False)

    assert "MQIF" not in result.summary and len(result.artifacts) == 1


def test_residues_without_coordinates_are_missing_by_the_full_sequence(tmp_path):
    lines = (DATA / UBIQUITIN).read_text().splitlines(keepends=True)
    kept = [line for line in lines if not (line.startswith("ATOM") and 46 <= int(line[22:26]) <= 48)]

    with attach(tmp_path, "".join(kept)):
        with_sequence = structure_summary("a.pdb").summary
    with attach(tmp_path, "".join(line for line in kept if not line.startswith("SEQRES"))):
        without = structure_summary("a.pdb").summary

    assert "73 residues (numbered 1-76), missing from the coordinates: ALA46, GLY47, LYS48." in with_sequence
    assert "missing from the coordinates: 46-48." in without


def test_two_sulphurs_at_two_angstrom_are_a_disulphide_and_mixtures_count_once(tmp_path):
    text = atom(1, "SG", "CYS", place=3, element="S") + atom(2, "SG", "CYS", place=40, x=2.05, element="S")
    text += atom(3, "CA", "PRO", place=41, x=5.0) + atom(4, "CA", "SER", place=41, x=5.2)

    with attach(tmp_path, text):
        result = structure_summary("a.pdb")

    assert "Disulphides: CYS A:3 - CYS A:40 (2.05 Å)." in result.summary
    assert "3 residues" in result.summary and "share the places A:41" in result.text


def test_long_files_have_short_summaries(tmp_path):
    names = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]
    text = MMCIF + "".join(
        mmcif_atom(i % 20 + 1, f"{i % 50} {i % 7} {i % 11}", name)
        for i, name in enumerate(name for name in names for _ in range(20))
    )

    with attach(tmp_path, text):
        result = structure_summary("a.pdb")

    assert len(result.summary) <= 1_500 and "and 90 more chains" in result.summary


def test_the_active_site_touches_the_inhibitor():
    # P. Y. S. Lam et al., Science 263 (1994) 380: the diol binds the aspartates 25 and 25', the urea's oxygen the NH of
    # the isoleucines 50 and 50' of the flaps
    result = residue_contacts("1hvr.pdb", "XK2")

    found = {(row["residue"], row["chain"] + row["number"]): row for row in rows(result.artifacts[0])}
    for name, place in (("ASP", "A25"), ("ASP", "B25"), ("ILE", "A50"), ("ILE", "B50")):
        assert found[name, place]["kind"] == "polar" and 2.5 < float(found[name, place]["distance (Å)"]) < 3.5
    assert found["ILE", "A50"]["selected atom"] == "O1" and found["ILE", "A50"]["its atom"] == "N"
    assert "ASP A:25 2.86 Å" in result.summary and "23 residues within 4 Å" in result.summary


def test_a_residue_touches_its_neighbours_by_bonds():
    # R. A. Engh and R. Huber, Acta Cryst. A47 (1991) 392: the peptide bond has 1.329 Å
    found = rows(residue_contacts(UBIQUITIN, "A:25").artifacts[0])

    bonds = [row for row in found if row["kind"] == "bonded"]
    assert [row["number"] for row in bonds] == ["26", "24"] or [row["number"] for row in bonds] == ["24", "26"]
    assert all(float(row["distance (Å)"]) == pytest.approx(1.329, abs=0.03) for row in bonds)


def test_a_wider_cutoff_finds_more():
    numbers = [len(rows(residue_contacts("1hvr.pdb", "XK2", cutoff).artifacts[0])) for cutoff in (2.0, 4.0, 8.0, 12.0)]

    assert numbers[0] == 0 and numbers == sorted(numbers) and numbers[3] > numbers[1]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ("XK3", "There is no XK3. Ligands here: XK2"),
        ("A:250", "There is no residue A:250. Chain A has residues 1-99"),
        ("C:25", "chains: A, B"),
        ("<script>", "There is no <script>"),
        ("", "Write a ligand's name"),
    ],
)
def test_a_selection_that_is_not_there_is_told_what_is(selection, words):
    refusal = refusal_of(residue_contacts, "1hvr.pdb", selection)

    assert refusal.code == "SELECTION_NOT_FOUND" and words in refusal.text


def test_a_name_in_lower_case_or_with_its_chain_is_the_same_ligand():
    summaries = [residue_contacts("1hvr.pdb", name).summary for name in ("XK2", "xk2", "A:XK2", "A:263")]

    assert len(set(summaries)) == 1


def test_ubiquitins_surface_is_that_of_freesasa():
    # freesasa.github.io, "freesasa 1ubq.pdb": total 4804.06 Å², apolar 2299.84, polar 2504.22 (Lee-Richards, ProtOr)
    summary = solvent_accessibility(UBIQUITIN).summary

    total, polar, apolar = (float(n.replace(",", "")) for n in re.findall(r"([\d,]+) Å²", summary)[:3])
    assert total == pytest.approx(4804, rel=0.02)
    assert polar == pytest.approx(2504, rel=0.03) and apolar == pytest.approx(2300, rel=0.03)


def test_waters_do_not_cover_the_surface(tmp_path):
    lines = (DATA / UBIQUITIN).read_text().splitlines(keepends=True)
    with attach(tmp_path, "".join(line for line in lines if "HOH" not in line), UBIQUITIN):
        dry = solvent_accessibility(UBIQUITIN).summary

    assert dry == solvent_accessibility(UBIQUITIN).summary


def test_the_core_is_buried_and_the_tail_is_not():
    # S. Vijay-Kumar et al., J. Mol. Biol. 194 (1987) 531: the core has Ile 3, Val 5, Val 26, Ile 30, Leu 67
    result = solvent_accessibility(UBIQUITIN, per_residue=True)

    percent = {row["number"]: float(row["relative area (%)"]) for row in rows(result.artifacts[1])}
    assert all(percent[number] < 5 for number in ("3", "5", "26", "30", "67"))
    assert percent["76"] > 100 and "Most exposed: GLY A:76" in result.summary


def test_an_atom_alone_has_the_surface_of_its_sphere(tmp_path):
    # 4 pi (r + probe)^2 with r = 1.88 Å for an aliphatic carbon (Tsai et al. 1999)
    with attach(tmp_path, atom(1)):
        assert "135 Å² in all" in solvent_accessibility("a.pdb", False, 1.4).summary
        assert "299 Å² in all" in solvent_accessibility("a.pdb", False, 3.0).summary


def test_what_two_chains_bury_is_the_difference():
    summary = solvent_accessibility("1hvr.pdb").summary

    total = float(re.search(r"([\d,]+) Å² in all", summary)[1].replace(",", ""))
    alone = [float(n.replace(",", "")) for n in re.search(r"by itself: A ([\d,]+) Å², B ([\d,]+)", summary).groups()]
    buried = float(re.search(r"between the chains: ([\d,]+)", summary)[1].replace(",", ""))
    assert buried == pytest.approx(sum(alone) - total, abs=3) and buried > 1_000


def test_radii_are_those_of_the_literature():
    # Tsai et al. 1999, table 2: C3H0 1.61, C3H1 1.76, C4 1.88, N 1.64, O1H0 1.42, O2H1 1.46, S 1.77; Bondi 1964: P 1.80
    atoms = [("ALA", "C", "C"), ("PHE", "CZ", "C"), ("LEU", "CB", "C"), ("LYS", "NZ", "N"), ("GLY", "O", "O")]
    atoms += [("SER", "OG", "O"), ("MET", "SD", "S"), ("DA", "P", "P"), ("XYZ", "Q", "UNX")]

    assert [radius(*names) for names in atoms] == [1.61, 1.76, 1.88, 1.64, 1.42, 1.46, 1.77, 1.80, 1.8]


def test_secondary_structure_finds_ubiquitins_helix_and_sheet():
    # S. Vijay-Kumar et al. 1987: helix 23-34; strands 1-7, 10-17, 40-45, 64-72
    result = secondary_structure(UBIQUITIN)

    view = json.loads(result.artifacts[0].data)
    helices = [f for f in view["features"] if f["kind"] == "helix"]
    strands = [f for f in view["features"] if f["kind"] == "strand"]
    assert len(helices) == 1 and abs(helices[0]["start"] - 23) <= 2 and abs(helices[0]["end"] - 34) <= 2
    for start, end in ((1, 7), (10, 17), (40, 45), (64, 72)):
        assert any(abs(f["start"] - start) <= 2 and abs(f["end"] - end) <= 2 for f in strands)
    assert "helix 14 %" in result.summary and "helix 23-34" in result.summary and "DSSP" in result.text


def test_modified_amino_acids_are_no_gap():
    states = secondary_structure("1hvr.pdb", chain="B").summary.splitlines()[2].split()[0]

    assert len(states) == 99


def test_an_ideal_helix_is_a_helix(tmp_path):
    # L. Pauling, R. B. Corey and H. R. Branson, PNAS 37 (1951) 205: 100° and 1.5 Å a residue, CA at 2.3 Å from the axis
    from math import cos, radians, sin

    places = [(2.3 * cos(radians(100 * i)), 2.3 * sin(radians(100 * i)), 1.5 * i) for i in range(20)]
    with attach(tmp_path, "".join(atom(i, place=i + 1, x=x, y=y, z=z) for i, (x, y, z) in enumerate(places))):
        states = secondary_structure("a.pdb").summary.splitlines()[2].split()[0]

    assert states.count("H") >= 16 and "E" not in states


@pytest.mark.parametrize(
    ("sequence", "state"),
    [
        ("AEALMKAEALMKAEAL", "H"),  # Chou and Fasman 1978: Glu, Met, Ala, Leu make helices
        ("VIVTYVIVTYVIV", "E"),  # Val, Ile, Tyr make strands
        ("GNPGSNPGDGNPGS", "C"),  # Gly, Asn, Pro break both
    ],
)
def test_chou_and_fasman_know_the_formers_and_the_breakers(sequence, state):
    states = predict(sequence)

    assert states.count(state) >= 0.8 * len(sequence)


def test_a_guess_from_the_sequence_says_how_good_it_is():
    result = secondary_structure(sequence=">sp|P0CG47\n" + UBIQUITIN_SEQUENCE.lower() + "*\n")

    assert "76 residues" in result.summary and "50-60 %" in result.text and "guess" in result.text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({}, "NEED_INPUT", "Give file or sequence"),
        ({"file": UBIQUITIN, "sequence": "AAAA"}, "NEED_INPUT", "both"),
        ({"sequence": ">only a header\n"}, "EMPTY", ""),
        ({"sequence": "ACDXF"}, "INVALID_SEQUENCE", "'X' at position 4"),
        ({"file": UBIQUITIN, "chain": "B"}, "CHAIN_NOT_FOUND", "Chains: A."),
    ],
)
def test_secondary_structure_needs_one_readable_input(arguments, code, words):
    refusal = refusal_of(secondary_structure, **arguments)

    assert refusal.code == code and words in refusal.text


def test_what_is_not_a_protein_has_no_secondary_structure(tmp_path):
    text = atom(1, "P", "DA", element="P") + atom(2, "P", "DT", place=2, x=6.0, element="P")

    with attach(tmp_path, text):
        assert refusal_of(secondary_structure, "a.pdb").code == "NOT_A_PROTEIN"
        assert refusal_of(superpose_structures, "a.pdb", "a.pdb").code == "NOT_A_PROTEIN"


@pytest.mark.parametrize("method", ["tm_align", "ca_rmsd"])
def test_the_two_halves_of_hiv_protease_are_alike(method):
    # A. Wlodawer and J. W. Erickson, Annu. Rev. Biochem. 62 (1993) 543: a homodimer, its chains nearly identical
    summary = superpose_structures("1hvr.pdb", "1hvr.pdb", "A", "B", method).summary

    assert "over 99 CA pairs" in summary and "100.0 %" in summary
    assert float(re.search(r"RMSD ([\d.]+) Å", summary)[1]) < 0.6
    assert float(re.search(r"TM-score ([\d.]+)", summary)[1]) > 0.98


@pytest.mark.parametrize("method", ["tm_align", "ca_rmsd"])
def test_a_turned_and_shifted_copy_comes_back_exactly(tmp_path, method):
    lines = []
    for line in (DATA / UBIQUITIN).read_text().splitlines(keepends=True):
        if line.startswith("ATOM"):
            x, y, z = (float(line[i : i + 8]) for i in (30, 38, 46))
            line = f"{line[:30]}{-y + 10:8.3f}{x - 20:8.3f}{z + 5:8.3f}{line[54:]}"
        lines.append(line)
    (tmp_path / "turned.pdb").write_text("".join(lines))

    with attached_files({"a": DATA / UBIQUITIN, "b": tmp_path / "turned.pdb"}):
        result = superpose_structures("a", "b", method=method)

    assert "RMSD 0.00 Å over 76 CA pairs" in result.summary and "TM-score 1.000" in result.summary
    places = {"A": [], "B": []}
    for line in result.artifacts[0].data.splitlines():
        if line.startswith("ATOM"):
            places[line[21]].append([float(line[i : i + 8]) for i in (30, 38, 46)])
    assert len(places["A"]) == len(places["B"]) == 602
    for one, other in zip(places["A"], places["B"], strict=True):
        assert one == pytest.approx(other, abs=0.01)


def test_unlike_proteins_are_told_apart():
    # Zhang and Skolnick 2004: below 0.3 means a chance likeness
    summary = superpose_structures("1hvr.pdb", UBIQUITIN).summary
    refusal = refusal_of(superpose_structures, "1hvr.pdb", UBIQUITIN, method="ca_rmsd")

    assert float(re.search(r"TM-score ([\d.]+)", summary)[1]) < 0.3 and "unrelated" in summary
    assert refusal.code == "NO_ALIGNMENT" and "tm_align" in refusal.text


def test_the_paired_rows_are_equally_long():
    result = superpose_structures("1hvr.pdb", UBIQUITIN)

    view = json.loads(next(a.data for a in result.artifacts if a.kind == "alignment"))
    assert view["rows"][1].replace("-", "") == UBIQUITIN_SEQUENCE
    assert len(view["rows"][0].replace("-", "")) == 99


def test_short_chains_cannot_be_superposed(tmp_path):
    text = "".join(
        atom(3 * i + j, name, place=i + 1, x=3.8 * i + j, element=name[0])
        for i in range(9)
        for j, name in enumerate(("N", "CA", "C"))
    )
    with attach(tmp_path, text):
        assert refusal_of(superpose_structures, "a.pdb", "a.pdb").code == "TOO_SHORT"


def test_a_view_has_the_residues_that_are_asked_for():
    result = view_structure("1hvr.pdb", color="b_factor", highlight_residues=["A:25", "B:50-52"])

    view = result.artifacts[0]
    assert view.kind == "structure3d" and view.meta["format"] == "pdb" and view.meta["color_by"] == "bfactor"
    assert [(p["chain"], p["residue"]) for p in view.meta["highlight"]] == [("A", 25), ("B", 50), ("B", 51), ("B", 52)]
    assert "HELIX" in view.data and "XK2" in view.data and "ASP A:25" in result.summary


def test_chains_and_ligands_can_be_left_out():
    result = view_structure("1hvr.pdb", chains=["B"], show_ligands=False, surface=True)

    lines = [line for line in result.artifacts[0].data.splitlines() if line.startswith(("ATOM", "HETATM"))]
    assert {line[21] for line in lines} == {"B"} and "XK2" not in result.artifacts[0].data
    assert result.artifacts[0].meta["style"] == "surface"


def test_waters_are_not_drawn_and_that_is_said():
    result = view_structure(UBIQUITIN)

    assert "HOH" not in result.artifacts[0].data and "81 water molecules are not drawn" in result.summary


def test_a_long_chain_name_is_drawn_from_mmcif(tmp_path):
    text = MMCIF + "".join(mmcif_atom(i, f"{3.8 * i} 0 0", "AAA") for i in range(1, 12))

    with attach(tmp_path, text):
        view = view_structure("a.pdb", highlight_residues=["AAA:3"]).artifacts[0]

    assert view.meta["format"] == "cif" and "_atom_site.group_PDB" in view.data and "AAA" in view.data


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"highlight_residues": ["A:250"]}, "RESIDUE_NOT_FOUND", "Chain A has residues 1-99; 250 does not exist"),
        ({"highlight_residues": ["C:1"]}, "RESIDUE_NOT_FOUND", "Chains: A, B."),
        ({"chains": ["A"], "highlight_residues": ["B:1"]}, "RESIDUE_NOT_FOUND", "No chain 'B' is shown"),
        ({"chains": ["C"]}, "CHAIN_NOT_FOUND", "Chains: A, B."),
        ({"highlight_residues": ["A:1-99"] * 6}, "TOO_MANY", "at most 500"),
    ],
)
def test_a_view_of_what_is_not_there_says_what_is(arguments, code, words):
    refusal = refusal_of(view_structure, "1hvr.pdb", **arguments)

    assert refusal.code == code and words in refusal.text


def test_a_view_has_a_limit_of_atoms_and_a_surface_a_lower_one(tmp_path):
    def chain(number):
        return "".join(atom(i, place=i % 9999 + 1, x=i % 100, y=i // 100 % 100, z=i // 10000) for i in range(number))

    with attach(tmp_path, chain(60_001)):
        assert "the limit is 60,000" in refusal_of(view_structure, "a.pdb").text
    with attach(tmp_path, chain(20_001)):
        assert "20,000" in refusal_of(view_structure, "a.pdb", surface=True).text
        assert "20,001 atoms" in view_structure("a.pdb").summary


def test_only_waters_leave_nothing_to_show(tmp_path):
    with attach(tmp_path, atom(1, "O", "HOH", element="O", record="HETATM")):
        assert refusal_of(view_structure, "a.pdb").code == "EMPTY"
        assert refusal_of(solvent_accessibility, "a.pdb").code == "WRONG_SIZE"


def test_the_first_of_several_models_is_used_and_that_is_said(tmp_path):
    model = "".join(atom(i, place=i, x=3.8 * i) for i in range(1, 12))
    with attach(tmp_path, f"MODEL        1\n{model}ENDMDL\nMODEL        2\n{model}ENDMDL\nEND\n"):
        assert "2 models" in structure_summary("a.pdb").summary
        for result in (view_structure("a.pdb"), solvent_accessibility("a.pdb"), residue_contacts("a.pdb", "A:3")):
            assert "2 models; the first" in result.text


def test_every_summary_is_short_and_the_same_each_time():
    calls = [
        lambda: structure_summary("1hvr.pdb"),
        lambda: view_structure("1hvr.pdb"),
        lambda: secondary_structure("1hvr.pdb"),
        lambda: residue_contacts("1hvr.pdb", "XK2", 12),
        lambda: superpose_structures("1hvr.pdb", UBIQUITIN),
        lambda: solvent_accessibility("1hvr.pdb", True),
    ]
    for call in calls:
        first, second = call(), call()

        assert first == second and len(first.summary) <= 1_500 and first.provenance["library"]


def test_the_expected_calls_run():
    tools = {tool.name: tool for tool in TOOLS}
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in tools]

    ran = 0
    for call in calls:
        tools[call["name"]].check_arguments(call["arguments"])
        if call["name"] != "fetch_structure" and not any(str(v).startswith("$") for v in call["arguments"].values()):
            assert tools[call["name"]].run(**call["arguments"]).summary
            ran += 1
    assert ran >= 2


def test_warming_up_starts_no_thread():
    import threading

    before = threading.active_count()

    warm_up()

    assert threading.active_count() == before
