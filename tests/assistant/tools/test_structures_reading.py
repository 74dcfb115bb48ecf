import pytest

from assistant.tools.attached import attached_files
from assistant.tools.result import ToolError
from assistant.tools.structures import reading
from assistant.tools.structures.residue_contacts import residue_contacts
from assistant.tools.structures.secondary_structure import secondary_structure
from assistant.tools.structures.solvent_accessibility import solvent_accessibility
from assistant.tools.structures.structure_summary import structure_summary
from assistant.tools.structures.superpose_structures import superpose_structures
from assistant.tools.structures.view_structure import view_structure
from tests.assistant.tools.shared_files import DATA, needs_shared

MARKUP = "</script><img src=x onerror=alert(1)>"
EVERY_TOOL = (
    structure_summary,
    view_structure,
    secondary_structure,
    solvent_accessibility,
    lambda file: residue_contacts(file, "A:1"),
    lambda file: superpose_structures(file, file),
)


def atom(number, name="CA", residue="ALA", chain="A", place=1, x=0.0, y=0.0, z=0.0, element="C", record="ATOM"):
    return (
        f"{record:6}{number % 100000:5} {name:^4} {residue:>3} {chain}{place:4}    {x:8.3f}{y:8.3f}{z:8.3f}"
        f"  1.00 20.00          {element:>2}\n"
    )


def attach(tmp_path, data, name="a.pdb"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return attached_files({name: path})


def refusal_of(tool, tmp_path, data, name="a.pdb"):
    with attach(tmp_path, data, name), pytest.raises(ToolError) as refusal:
        tool(name)
    return refusal.value


MMCIF_COLUMNS = "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id "
MMCIF_COLUMNS += (
    "label_seq_id pdbx_PDB_ins_code occupancy B_iso_or_equiv auth_seq_id auth_asym_id Cartn_x Cartn_y Cartn_z"
)
MMCIF = "data_1ABC\nloop_\n" + "".join(f"_atom_site.{name}\n" for name in MMCIF_COLUMNS.split())


def mmcif_atom(number, place="0 0 0", chain="A", name="CA"):
    return f"ATOM {number} C {name} . ALA {chain} 1 {number} ? 1 20 {number} {chain} {place}\n"


CRYSTAL = "data_x\n_cell_length_a 5.64\n_cell_length_b 5.64\n_cell_length_c 5.64\n_cell_angle_alpha 90\n"
CRYSTAL += (
    "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n"
)
CRYSTAL += "_atom_site_fract_z\nNa1 0 0 0\n"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "EMPTY", "a.pdb is empty"),
        (b" \n\t\n", "EMPTY", "is empty"),
        (b"\x00\x01\x02" * 500, "UNREADABLE_STRUCTURE", "binary"),
        (b"\x1f\x8b\x08\x00rest", "UNREADABLE_STRUCTURE", "gzip"),
        (b"a,b\n1,2\n", "UNREADABLE_STRUCTURE", "neither ATOM records"),
        (b"data_\n_cell.length_a 1\n", "UNREADABLE_STRUCTURE", "neither ATOM records"),
        (MMCIF.encode(), "UNREADABLE_STRUCTURE", "no atoms"),
        (MMCIF.encode() + b"ATOM 1 C", "UNREADABLE_STRUCTURE", "Wrong number of values"),
        (b"data_a\n_atom_site.id\n;\nwithout end", "UNREADABLE_STRUCTURE", "unterminated"),
        ((MMCIF + mmcif_atom(1, "? ? ?") + mmcif_atom(2)).encode(), "UNREADABLE_STRUCTURE", "no molecule's"),
        ((MMCIF + mmcif_atom(1) + mmcif_atom(2, "1e30 0 0")).encode(), "UNREADABLE_STRUCTURE", "spread"),
        ((MMCIF + mmcif_atom(1, chain="A" * 500)).encode(), "UNREADABLE_STRUCTURE", "too long"),
        (CRYSTAL.encode(), "WRONG_KIND", "crystal_summary"),
        (b"\n  a\n\n  1  0  0  0  0 999 V2000\nM  END\n", "WRONG_KIND", "molecular_properties"),
    ],
)
def test_what_is_no_structure_is_refused_with_the_reason(tmp_path, data, code, words):
    for tool in EVERY_TOOL:
        refusal = refusal_of(tool, tmp_path, data)

        assert refusal.code == code and words in refusal.text and len(refusal.text) < 400


@needs_shared
def test_the_format_is_what_the_text_says_whatever_the_name(tmp_path):
    with attach(tmp_path, (DATA / "1ubi_ubiquitin.pdb").read_bytes(), "really.cif"):
        assert "76 residues" in structure_summary("really.cif").summary
    with attach(tmp_path, MMCIF + mmcif_atom(1), "really.pdb"):
        assert "Chain A" in structure_summary("really.pdb").summary


def test_a_million_atoms_are_refused_by_the_size_of_the_file(tmp_path):
    data = (atom(1) * 1000).encode() * 1000

    refusal = refusal_of(view_structure, tmp_path, data)

    assert refusal.code == "TOO_LARGE" and "the limit is 32 MB" in refusal.text


def test_the_number_of_atoms_and_chains_has_limits(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ATOMS", 10)
    monkeypatch.setattr(reading, "MAX_CHAINS", 3)
    ten = "".join(atom(i, place=i) for i in range(1, 11))
    four = "".join(atom(i, chain=chain) for i, chain in enumerate("ABCD"))

    with attach(tmp_path, ten):
        assert "Atoms: 10." in structure_summary("a.pdb").summary
    assert refusal_of(structure_summary, tmp_path, ten + atom(11, place=11)).code == "TOO_LARGE"
    assert "4 chains; the limit is 3" in refusal_of(structure_summary, tmp_path, four).text


def long_chain(number):
    return MMCIF + "".join(mmcif_atom(i, f"{i % 100} {i // 100} 0") for i in range(1, number + 1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (MMCIF + mmcif_atom(1) + "".join(f"_a.b{i} 1\n" for i in range(20_000)), "CIF names; the limit is 20,000"),
        (MMCIF + mmcif_atom(1) + "".join(f"data_{i}\n" for i in range(20_000)), "CIF names; the limit is 20,000"),
        (MMCIF + "".join(mmcif_atom(1, chain=f"C{i}") for i in range(2_001)), "2,001 chains; the limit is 2,000"),
        (long_chain(12_001), "A chain of a.pdb has 12,001 residues"),
        ("".join(atom(i, f"C{i % 900}", x=i % 50) for i in range(1_001)), "a residue of chain A has 1,001 atoms"),
    ],
)
def test_a_file_that_would_take_long_to_read_is_refused_first(tmp_path, data, words):
    refusal = refusal_of(structure_summary, tmp_path, data)

    assert refusal.code in ("TOO_LARGE", "UNREADABLE_STRUCTURE") and words in refusal.text


def test_a_full_sequence_without_end_is_not_compared(tmp_path):
    sequence = "".join(f"SEQRES {i % 999:3d} A 9999  {'ALA ' * 13}\n" for i in range(800))

    with attach(tmp_path, sequence + "".join(atom(i, place=i, x=i % 90, y=i // 90) for i in range(1, 500))):
        assert "499 residues (numbered 1-499)." in structure_summary("a.pdb").summary


@pytest.mark.parametrize("line", [f"REMARK 1 {MARKUP}\n", f"TITLE     {MARKUP}\n", f"HEADER    {MARKUP}\n"])
def test_markup_in_a_file_stays_data(tmp_path, line):
    helix = "".join(atom(i, place=i, x=3.8 * i) for i in range(1, 13))

    with attach(tmp_path, line + helix):
        view = view_structure("a.pdb")
        summary = structure_summary("a.pdb")

    assert "<img" not in view.artifacts[0].data and "<img" not in view.text
    assert all(artifact.kind in ("table", "sequence") for artifact in summary.artifacts)
    assert summary.summary.count("\n") < 12


def test_what_is_not_utf_8_is_read_as_latin_1(tmp_path):
    with attach(tmp_path, b"REMARK   1 M\xfcller\n" + atom(1).encode()):
        assert "Atoms: 1." in structure_summary("a.pdb").summary


def test_a_file_that_is_not_attached_is_named():
    for tool in EVERY_TOOL:
        with attached_files({}), pytest.raises(ToolError) as refusal:
            tool("gone.pdb")

        assert refusal.value.code == "NO_FILE"
