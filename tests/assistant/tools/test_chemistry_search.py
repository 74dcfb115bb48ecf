import csv
import io
import json

import pytest

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from assistant.tools.attached import attached_files
from assistant.tools.chemistry import molecule_files
from assistant.tools.chemistry.max_common_substructure import max_common_substructure
from assistant.tools.chemistry.reactions_catalogue import TOOLS
from assistant.tools.chemistry.similarity_search import similarity_search
from assistant.tools.chemistry.substructure_search import substructure_search
from assistant.tools.result import ToolError
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared, shared_files

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
C60 = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4"
    "c9c5c1c1c6c2c3c41"
)
BY_NAME = {tool.name: tool for tool in TOOLS}


def refusal(function, *arguments, **options) -> ToolError:
    with pytest.raises(ToolError) as caught:
        function(*arguments, **options)
    return caught.value


def rows(artifact) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(artifact.data)))


def searched(tmp_path, text, name="list.txt", smarts="[OH]", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with attached_files({name: path}):
        return substructure_search(smarts, file=name, **options)


@needs_shared
def test_the_expected_calls_of_the_evaluation_run():
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in BY_NAME]

    assert len(calls) == 5
    with shared_files():
        for call in calls:
            tool = BY_NAME[call["name"]]
            tool.check_arguments(call["arguments"])
            result = tool.run(**call["arguments"])
            assert result.artifacts
            assert len(result.summary) <= 1500


@needs_shared
def test_the_schemas_are_the_published_ones():
    published = json.loads((SHARED / "evaluation/tools_schema.json").read_text())
    by_name = {schema["function"]["name"]: schema for schema in published}

    for tool in TOOLS:
        assert tool.schema == by_name[tool.name]


@needs_shared
@pytest.mark.parametrize(
    ("file", "smarts", "found"),
    [
        # truths of ../shared/reference/science-tools.md, section 4
        ("cdk2.sdf", "S(=O)(=O)N", "11 of 47"),
        ("nci_5k.smi", "[N+](=O)[O-]", "424 of 4,991"),
    ],
)
def test_a_file_has_as_many_hits_as_its_reference_says(file, smarts, found):
    with shared_files():
        result = substructure_search(smarts, file=file)

    assert result.summary.startswith(f"{found} molecules of {file} match")


@needs_shared
def test_nitriles_are_as_many_as_the_triple_bonds_in_the_text():
    lines = (DATA / "chembl2321810.smi").read_text().split("\n")
    expected = sum("C#N" in line or "N#C" in line for line in lines)

    with shared_files():
        result = substructure_search("C#N", file="chembl2321810.smi", max_hits=3)

    assert result.summary.startswith(f"{expected} of 1,017 molecules")
    assert len(rows(result.artifacts[0])) == 3


@needs_shared
def test_unreadable_lines_are_counted_and_named_and_the_rest_is_searched():
    with shared_files():
        result = substructure_search("[Hg]", file="nci_5k.smi")

    assert result.warnings[0].startswith("8 of 4,999 lines are not valid molecules and were left out: line 2098 (")


@needs_shared
def test_the_nearest_molecule_to_aspirin_in_the_nci_set_has_similarity_0_643():
    # ../shared/reference/science-tools.md, section 4
    with shared_files():
        result = similarity_search(ASPIRIN, file="nci_5k.smi", top_k=5)

    table = rows(result.artifacts[0])
    assert len(table) == 5
    assert table[0]["Tanimoto similarity"] == "0.6429"
    assert "radius 2, 2,048 bits" in result.summary


@needs_shared
@pytest.mark.parametrize("file", ["cell.png", "sunspots.csv", "1hvr.pdb", "world.mp4"])
def test_a_file_without_molecules_is_refused(file):
    with shared_files():
        assert refusal(substructure_search, "C", file=file).code == "UNREADABLE_FILE"


@pytest.mark.parametrize(
    ("metric", "similarity"),
    [
        # by hand: ethane has two environments (CH3; CH3-CH3), propane four (CH3; CH2; CH3-CH2; CH2 with both), and they
        # share CH3
        ("tanimoto", "0.200"),
        ("dice", "0.333"),
    ],
)
def test_similarity_is_what_counting_environments_by_hand_gives(metric, similarity):
    result = similarity_search("CC", targets=["CCC"], metric=metric)

    assert result.summary.endswith(f"{similarity}.")


def test_identical_molecules_are_reported_not_refused():
    result = similarity_search("OCC", targets=["CCO"])

    assert "1.000" in result.summary
    assert result.warnings == ("The query itself is among the targets: target 1.",)


def test_enantiomers_are_told_apart_from_the_query_itself():
    result = similarity_search("C[C@H](N)C(=O)O", targets=["C[C@@H](N)C(=O)O"])

    assert result.warnings == ("The fingerprint ignores stereochemistry: target 1 differs from the query by it alone.",)


def test_the_same_bits_need_not_be_the_same_molecule():
    result = similarity_search("C" * 12, targets=["C" * 14], fingerprint="maccs")

    assert result.warnings == ("Similarity 1.000 means the same bits, not the same molecule: target 1.",)


@pytest.mark.parametrize("fingerprint", ["morgan", "rdkit", "maccs", "atom_pair", "topological_torsion"])
def test_every_fingerprint_finds_the_molecule_itself_first(fingerprint):
    result = similarity_search(ASPIRIN, targets=["CCO", "CC(=O)Oc1ccccc1C(O)=O", "c1ccccc1"], fingerprint=fingerprint)

    first = rows(result.artifacts[0])[0]
    assert (first["name"], first["Tanimoto similarity"]) == ("target 2", "1.0")


@pytest.mark.parametrize(
    "text",
    [
        "CCO ethanol\nCC ethane\n",
        "# a comment\n\nCCO\tethanol\nCC\tethane\n",
        "SMILES,name\nCCO,ethanol\nCC,ethane\n",
        "name;mass;smiles\nethanol;46;CCO\nethane;30;CC\n",
        "\ufeffid,canonical_smiles,x\nethanol,CCO,1\nethane,CC,2\n",
        "ethanol,CCO\nethane,CC\n",
        "smiles id\nCCO ethanol\nCC ethane\n",
        "CCO ethanol, absolute, 99 %\nCC ethane\n",
        "CCO ethanol\r\nCC ethane\r\n",
        "CCO ethanol\rCC ethane\r",
        "smiles,name," + ",".join("column" + str(i) for i in range(20_000)) + "\nCCO,ethanol\nCC,ethane\n",
    ],
    ids=[
        "smi",
        "tabs",
        "csv",
        "semicolons",
        "bom",
        "no-header",
        "header-in-smi",
        "commas-in-names",
        "crlf",
        "cr",
        "wide",
    ],
)
def test_a_list_is_read_whatever_its_layout(tmp_path, text):
    result = searched(tmp_path, text)

    assert result.summary.startswith("1 of 2 molecules of list.txt match the SMARTS [OH].")
    assert "ethanol" in result.summary
    assert result.warnings == ()


def test_a_record_without_a_title_is_named_by_its_property(tmp_path):
    # as in the SDF files that ChEMBL gives out
    block = "\n\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 O   0  0\nM  END\n"

    result = searched(tmp_path, block + "> <chembl_id>\nCHEMBL1098659\n\n$$$$\n", smarts="[OH2]")

    assert "CHEMBL1098659 (1)" in result.summary


def test_records_of_an_sdf_are_named_by_their_title_and_broken_ones_counted(tmp_path):
    atom = "    0.0000    0.0000    0.0000 {} 0  0\n"
    record = "{}\n\n\n  1  0  0  0  0  0            999 V2000\n" + "{}M  END\n$$$$\n"
    text = record.format("water", atom.format("O ")) + record.format("odd", atom.format("Xq"))

    result = searched(tmp_path, text, smarts="[OH2]")

    assert "water (1)" in result.summary
    assert result.warnings[0].startswith("1 of 2 records is not a valid molecule and was left out: record 2")


@pytest.mark.parametrize(
    "text",
    [b"", b"\n\n", b"hello world\nthis is prose\n", b"\x00\x01\x02", b'"' * 200_000 + b",a\n", b"C" * 3_000],
    ids=["empty", "blank", "prose", "binary", "quotes", "one-long-line"],
)
def test_what_is_no_list_of_molecules_is_refused(tmp_path, text):
    assert refusal(searched, tmp_path, text).code in ("UNREADABLE_FILE", "NO_MOLECULES")


def test_a_line_that_is_too_long_or_a_molecule_that_is_too_large_is_left_out(tmp_path):
    text = "CCO a\n" + "C" * 301 + " b\n" + "C" * 2_001 + " c\nCO d\n"

    result = searched(tmp_path, text)

    assert result.summary.startswith("2 of 2 molecules")
    assert result.warnings[0].startswith("2 of 4 lines")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(molecule_files, "MAX_FILE_BYTES", 10)

    assert refusal(searched, tmp_path, "CCO ethanol\n").code == "TOO_LARGE"


def test_only_so_many_lines_are_searched_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(molecule_files, "MAX_RECORDS", 3)

    result = searched(tmp_path, "CCO\n" * 5)

    assert result.summary.startswith("3 of 3 molecules")
    assert result.warnings == ("Only the first 3 lines of the file were searched.",)


def test_a_search_that_takes_too_long_stops_between_two_molecules(tmp_path, monkeypatch):
    now = iter((0.0, 1.0, 2.0, 100.0))
    monkeypatch.setattr(molecule_files, "monotonic", lambda: next(now))

    result = searched(tmp_path, "CCO\n" * 5)

    assert result.summary.startswith("2 of 2 molecules")
    assert result.warnings == ("Only the first 2 lines were searched, in 12 s.",)


def test_a_name_in_a_file_does_not_become_markup(tmp_path):
    result = searched(tmp_path, "CCO <script>alert(1)</script>\n")

    table, picture = result.artifacts
    assert "<script" in table.data
    assert "<script" not in picture.data
    assert "<script" not in picture.alt


def test_the_table_holds_places_and_atoms_of_every_hit():
    result = substructure_search("[OH]", targets=["OCCO", "CC", "Cc1ccccc1O"])

    assert rows(result.artifacts[0]) == [
        {"name": "target 1", "SMILES": "OCCO", "places": "2", "atoms of the first place (from 0)": "0"},
        {"name": "target 3", "SMILES": "Cc1ccccc1O", "places": "1", "atoms of the first place (from 0)": "7"},
    ]


def test_a_hydrogen_written_as_an_atom_still_matches():
    assert substructure_search("[H]OC", targets=["CO", "COC"]).summary.startswith("1 of 2 molecules")


def test_a_kekule_ring_that_matches_nothing_comes_with_the_pattern_to_try():
    result = substructure_search("C1=CC=CC=C1", targets=["c1ccccc1"])

    assert result.summary == "0 of 1 molecules match the SMARTS C1=CC=CC=C1."
    assert "c1ccccc1 is the pattern to try" in result.warnings[0]
    assert result.artifacts == ()


def test_chirality_in_a_pattern_counts():
    result = substructure_search("N[C@@H](C)C(=O)O", targets=["N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O"])

    assert result.summary.startswith("1 of 2 molecules")


@pytest.mark.parametrize(
    ("smarts", "reason"),
    [("C(", "around character 2"), ("[C", "around character 2"), ("c1cc", "unclosed ring"), ("   ", "no atoms")],
)
def test_a_pattern_that_does_not_parse_is_named_with_the_position(smarts, reason):
    error = refusal(substructure_search, smarts, targets=["C"])

    assert error.code in ("INVALID_SMARTS", "EMPTY")
    assert reason in error.message


def test_something_to_search_has_to_be_given_once():
    assert refusal(substructure_search, "C").code == "NO_TARGETS"
    assert refusal(similarity_search, "C", targets=["C"], file="a.smi").code == "TWO_SOURCES"
    assert refusal(similarity_search, "C", file="a.smi").code == "NO_FILE"
    assert refusal(similarity_search, "C(", targets=["C"]).code == "INVALID_SMILES"
    assert refusal(similarity_search, "C", targets=["C("]).message.startswith("Target 1: 'C(' is not a valid SMILES")


def test_24_wildcards_on_c60_stop_at_the_limit_of_matches():
    result = substructure_search("*~" * 23 + "*", targets=[C60])

    assert "(1,000+)" in result.summary
    assert result.warnings == ("At most 1,000 places are counted in a molecule.",)


def test_deeply_nested_recursion_is_answered():
    nested = "[$(" * 150 + "C" + ")]" * 150

    assert substructure_search(nested, targets=["CCO"]).summary.startswith("1 of 1 molecules")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("substructure_search", {"smarts": "*~" * 29 + "[#7]", "targets": [C60]}),
        (
            "run_reaction",
            {
                "reaction": "custom",
                "reaction_smarts": "[*:1]~[*:2].[*:3]~[*:4].[*:5]~[*:6]>>[*:1][*:3][*:5]",
                "reactants": ["C" * 300] * 3,
            },
        ),
    ],
)
def test_a_search_that_never_ends_is_killed_and_the_next_call_works(tool, arguments):
    runner = ToolRunner("tests.assistant.tools.hurried_chemistry_catalogue")
    runner.start()
    try:
        endless = runner.call(tool, arguments, CancelToken())
        after = runner.call("substructure_search", {"smarts": "[OH]", "targets": ["CCO"]}, CancelToken())
    finally:
        runner.close()

    assert not endless.ok
    assert endless.summary.startswith("Error tool_timeout")
    assert after.ok


@pytest.mark.parametrize(
    ("molecules", "num_atoms"),
    [
        # heavy atoms of the smaller molecule by its formula in PubChem, as it is contained in the other
        ([ASPIRIN, "O=C(O)c1ccccc1O"], 10),  # salicylic acid C7H6O3
        (["CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CN1C=NC2=C1C(=O)NC(=O)N2C"], 13),  # theobromine C7H8N4O2 in caffeine
        (  # morphine C17H19NO3 in codeine
            [
                "CN1CC[C@]23[C@@H]4[C@H]1CC5=C2C(=C(C=C5)O)O[C@H]3[C@H](C=C4)O",
                "CN1CC[C@]23[C@@H]4[C@H]1CC5=C2C(=C(C=C5)OC)O[C@H]3[C@H](C=C4)O",
            ],
            21,
        ),
    ],
)
def test_what_one_molecule_contains_of_another_is_common(molecules, num_atoms):
    result = max_common_substructure(molecules)

    assert f": {num_atoms} heavy atoms and" in result.summary
    assert "100 %" in result.summary
    assert result.warnings == ()


def test_a_common_part_that_ends_within_a_ring_says_so_with_the_answer_for_whole_rings():
    result = max_common_substructure(["Cc1ccccc1", "c1ccc2ccccc2c1"])

    assert "7 heavy atoms" in result.summary
    assert "ends within a ring of molecule 2. With whole rings only it is 6 heavy atoms" in result.warnings[0]


def test_nothing_in_common_is_an_answer():
    assert "no bond in common" in max_common_substructure(["[Na+]", "CC"]).summary


def test_the_time_limit_of_a_common_part_is_said():
    ladder = "C1CCC2CC3CC4CC5CC6CC7CC8CCCCC8CC7CC6CC5CC4CC3CC2C1"
    stair = "C1CC2CCC3CCC4CCC5CCC6CCC7CCC8CCCCC8C7C6C5C4C3C2C1"

    result = max_common_substructure([ladder, stair], timeout_s=1)

    assert result.warnings[0].startswith("The limit of 1 s was reached: the common part is a lower bound")


def test_the_molecule_that_does_not_parse_is_named():
    error = refusal(max_common_substructure, ["CC", "C("])

    assert error.code == "INVALID_SMILES"
    assert error.message.startswith("Molecule 2:")
