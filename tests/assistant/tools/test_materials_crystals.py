import csv
import io
import json
import math

import pytest

from assistant.tools.attached import attached_files
from assistant.tools.materials.catalogue import TOOLS, warm_up
from assistant.tools.materials.crystal_summary import crystal_summary
from assistant.tools.materials.diffraction import WAVELENGTHS
from assistant.tools.materials.lattice import contents, density, formula
from assistant.tools.materials.reading import read_crystal
from assistant.tools.materials.view_crystal import view_crystal
from assistant.tools.materials.xrd_pattern import xrd_pattern
from assistant.tools.result import ToolError
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared, shared_files

SITES = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
OCCUPIED = SITES + "_atom_site_occupancy\n"


def cif(a, sites, group="P 1", b=None, c=None, angles=(90, 90, 90), more=""):
    lengths = zip("abc", (a, b or a, c or a), strict=True)
    text = "data_x\n" + "".join(f"_cell_length_{name} {value}\n" for name, value in lengths)
    text += "".join(f"_cell_angle_{n} {v}\n" for n, v in zip(("alpha", "beta", "gamma"), angles, strict=True))
    return f"{text}_symmetry_space_group_name_H-M '{group}'\n{more}{sites}"


SALT = cif(5.6402, SITES + "Na 0 0 0\nCl 0.5 0.5 0.5\n", "F m -3 m")


def attach(tmp_path, data, name="x.cif"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return attached_files({name: path})


def run(tmp_path, data, tool=crystal_summary, *arguments, **named):
    with attach(tmp_path, data):
        return tool("x.cif", *arguments, **named)


def refusal_of(tmp_path, data, tool=crystal_summary, *arguments):
    with attach(tmp_path, data), pytest.raises(ToolError) as refusal:
        tool("x.cif", *arguments)
    return refusal.value


def lines_of(result):
    rows = csv.DictReader(io.StringIO(result.artifacts[1].data))
    return {row["hkl"]: (float(row["2theta (deg)"]), float(row["relative intensity (%)"])) for row in rows}


@needs_shared
def test_cristobalite_is_what_the_handbooks_say():
    # Handbook of Mineralogy: P41212, a = 4.9709-4.98, c = 6.92-6.95 Å, Z = 4, density 2.32-2.36 g/cm³
    with shared_files():
        result = crystal_summary("cristobalite.cif")
        crystal = read_crystal("cristobalite.cif")

    assert formula(crystal) == ("SiO2", 4) and "P4_12_12 (number 92), tetragonal" in result.summary
    assert 4.97 < crystal.cell[0] < 4.98 and 6.92 < crystal.cell[2] < 6.95
    assert 2.32 < density(crystal) < 2.36
    # W. H. Baur, Acta Cryst. B34 (1978) 1751: Si-O bonds in silica have 1.60-1.61 Å; Si on 4a, O on 8b of P41212
    assert "Si-O 1.600 Å" in result.summary
    assert "4 in the cell, Wyckoff letter a" in result.summary and "8 in the cell, Wyckoff letter b" in result.summary
    assert not result.warnings and "Cristobalite: SiO2" in result.summary


@needs_shared
def test_molybdenite_3r_is_what_its_paper_says():
    # B. Schönfeld et al., Acta Cryst. B39 (1983) 404: 3R-MoS2, R3m, a = 3.163, c = 18.37 Å, 5.01 g/cm³ (AMCSD 0009789)
    with shared_files():
        result = crystal_summary("molybdenite.cif")

    assert "MoS2 (Z = 3), 9 atoms" in result.summary and "R3m (number 160)" in result.summary
    assert "Density 5.010 g/cm³" in result.summary and "volume 159.16 Å³" in result.summary
    rows = list(csv.DictReader(io.StringIO(result.artifacts[0].data)))
    assert [row["atoms in the cell"] for row in rows] == ["3", "3", "3"]


# ICDD PDF 37-1492, molybdenite-2H: P63/mmc, a = 3.1612, c = 12.2985 Å; B. Schönfeld et al. 1983: z(S) = 0.621
MOLYBDENITE_2H = cif(
    3.1612,
    SITES + "Mo 0.3333 0.6667 0.25\nS 0.3333 0.6667 0.621\n",
    "P 63/m m c",
    c=12.2985,
    angles=(90, 90, 120),
)


def test_rounded_thirds_lie_on_their_special_position(tmp_path):
    result = run(tmp_path, MOLYBDENITE_2H)

    assert "MoS2 (Z = 2), 6 atoms" in result.summary and "P6_3/mmc (number 194), hexagonal" in result.summary
    # Handbook of Mineralogy: density 5.00 (calculated); J. A. Wilson and A. D. Yoffe 1969: Mo-S 2.41 Å
    assert "Density 4.99" in result.summary or "Density 5.00" in result.summary
    assert "Mo-S 2.41" in result.summary


def test_molybdenite_2h_diffracts_as_its_card_says(tmp_path):
    # ICDD PDF 37-1492, Cu K alpha 1: (002) 14.378°, (100) 32.676°, (103) 39.538°, (105) 49.786°, (110) 58.333°
    lines = lines_of(run(tmp_path, MOLYBDENITE_2H, xrd_pattern))

    for name, angle in (("(002)", 14.378), ("(100)", 32.676), ("(103)", 39.538), ("(105)", 49.786), ("(110)", 58.333)):
        assert lines[name][0] == pytest.approx(angle, abs=0.06)  # the mean of K alpha lies up to 0.05° higher
    assert lines["(002)"][1] == 100.0


@needs_shared
def test_cristobalite_diffracts_as_its_card_says():
    # ICDD PDF 39-1425: (101) 21.98° 100, (111) 28.44° 8, (102) 31.46° 9, (200) 36.08° 13, (112) 36.38° 4
    with shared_files():
        lines = lines_of(xrd_pattern("cristobalite.cif", "CuKa", 15, 60))

    card = {"(101)": (21.98, 100), "(111)": (28.44, 8), "(102)": (31.46, 9), "(200)": (36.08, 13), "(112)": (36.38, 4)}
    for name, (angle, percent) in card.items():
        assert lines[name][0] == pytest.approx(angle, abs=0.06) and lines[name][1] == pytest.approx(percent, abs=4)
    assert all(15 <= angle <= 60 for angle, _ in lines.values())


def test_rock_salt_diffracts_as_its_card_says(tmp_path):
    # ICDD PDF 5-628 (NBS), Cu K alpha 1: (111) 27.33° 13, (200) 31.69° 100, (220) 45.45° 55, (222) 56.48° 15
    lines = lines_of(run(tmp_path, SALT, xrd_pattern))

    for name, angle, percent in (
        ("(200)", 31.69, 100),
        ("(220)", 45.45, 55),
        ("(222)", 56.48, 15),
        ("(111)", 27.33, 13),
    ):
        # thermal motion is left out, and weakens what lies at higher angles
        assert lines[name][0] == pytest.approx(angle, abs=0.06) and lines[name][1] == pytest.approx(percent, abs=12)
    assert "(100)" not in lines and "(110)" not in lines


def test_rock_salt_is_what_the_handbooks_say(tmp_path):
    # CRC Handbook: NaCl, cubic, a = 5.6402 Å, density 2.163-2.17 g/cm³; Na-Cl is a / 2
    result = run(tmp_path, SALT)

    assert "NaCl (Z = 4), 8 atoms" in result.summary and "Fm-3m (number 225), cubic" in result.summary
    assert "Density 2.163" in result.summary and "Na-Cl 2.820 Å" in result.summary


# J. Donohue, The Structures of the Elements (1974), at 25 °C: Si a = 5.4310 Å, Cu 3.6149 Å, Fe 2.8665 Å; densities of
# the CRC Handbook. Lines with Cu K alpha from NIST SRM 640 (Si 28.44°) and ICDD 4-836 (Cu 43.30°), 6-696 (Fe 44.67°).
@pytest.mark.parametrize(
    ("sites", "group", "a", "mass_density", "line", "angle"),
    [
        ("Si 0.125 0.125 0.125\n", "F d -3 m :2", 5.4310, 2.329, "(111)", 28.44),
        ("Cu 0 0 0\n", "F m -3 m", 3.6149, 8.935, "(111)", 43.30),
        ("Fe 0 0 0\n", "I m -3 m", 2.8665, 7.874, "(110)", 44.67),
    ],
)
def test_elements_have_their_density_and_strongest_line(tmp_path, sites, group, a, mass_density, line, angle):
    text = cif(a, SITES + sites, group)

    with attach(tmp_path, text):
        assert density(read_crystal("x.cif")) == pytest.approx(mass_density, rel=2e-3)
        assert lines_of(xrd_pattern("x.cif"))[line] == (pytest.approx(angle, abs=0.06), 100.0)


def test_wavelengths_are_bearden_s():
    # J. A. Bearden 1967, as in B. D. Cullity, Elements of X-Ray Diffraction, appendix 7: mean K alpha
    cullity = {"CuKa": 1.5418, "MoKa": 0.7107, "CoKa": 1.7903, "FeKa": 1.9374, "CrKa": 2.2910, "AgKa": 0.5609}

    assert {name: pytest.approx(value, abs=1e-4) for name, value in cullity.items()} == WAVELENGTHS


@needs_shared
@pytest.mark.filterwarnings("ignore")  # pymatgen's own
@pytest.mark.parametrize("name", ["cristobalite.cif", "molybdenite.cif"])
def test_intensities_agree_with_another_program(name):
    core = pytest.importorskip("pymatgen.core")
    from pymatgen.analysis.diffraction.xrd import XRDCalculator

    pattern = XRDCalculator("CuKa").get_pattern(core.Structure.from_file(DATA / name), two_theta_range=(10, 90))
    with shared_files():
        lines = sorted(lines_of(xrd_pattern(name)).values())

    for angle, percent in zip(pattern.x, pattern.y, strict=True):
        if percent > 1:
            assert any(abs(a - angle) < 0.01 and abs(p - percent) < 0.3 for a, p in lines)


def test_a_cell_written_without_symmetry_gives_the_same_lines(tmp_path):
    atoms = [("Na", x, y, z) for x, y, z in ((0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5))]
    atoms += [("Cl", (x + 0.5) % 1, y, z) for _, x, y, z in atoms]
    flat = cif(5.6402, SITES + "".join(f"{n}{i} {x} {y} {z}\n" for i, (n, x, y, z) in enumerate(atoms)))

    assert lines_of(run(tmp_path, flat, xrd_pattern)) == lines_of(run(tmp_path, SALT, xrd_pattern))
    assert "The atoms have the symmetry Fm-3m (225), but the file states P 1 (1)." in run(tmp_path, flat).text


def test_the_strongest_lines_are_marked_with_their_indices(tmp_path):
    result = run(tmp_path, SALT, xrd_pattern)

    view = json.loads(result.artifacts[0].data)
    panel = view["panels"][0]
    assert panel["curves"][0]["style"] == "bars" and panel["marks"][0]["label"] == "(200)"
    assert len(panel["x"]) == len(panel["curves"][0]["y"]) and view["x_label"] == "2θ (°)"
    assert "Strongest: (200) at 31.7" in result.summary


def test_symmetry_operations_serve_where_no_group_is_named(tmp_path):
    operations = "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\nx+1/2,y+1/2,z\nx+1/2,y,z+1/2\nx,y+1/2,z+1/2\n"
    text = cif(5.6402, SITES + "Na 0 0 0\nCl 0.5 0.5 0.5\n", more=operations)
    text = text.replace("_symmetry_space_group_name_H-M 'P 1'\n", "")

    assert "NaCl (Z = 4), 8 atoms" in run(tmp_path, text).summary


def test_a_shared_place_is_disorder(tmp_path):
    # plagioclase and alloys are such: Ag and Au in one place
    text = cif(4.08, OCCUPIED + "Ag1 0 0 0 0.5\nAu1 0 0 0 0.5\n", "F m -3 m")

    for tool in (crystal_summary, view_crystal, xrd_pattern):
        assert "DISORDER" in run(tmp_path, text, tool).text
    assert "4 atoms in the cell" in run(tmp_path, text).summary
    with attach(tmp_path, text):
        assert contents(read_crystal("x.cif")) == {"Ag": 2.0, "Au": 2.0}


def test_partial_occupancy_counts_in_density_and_formula(tmp_path):
    # wuestite Fe0.95O, a = 4.307 Å (Handbook of Mineralogy): density 5.7 g/cm³
    text = cif(4.307, OCCUPIED + "Fe 0 0 0 0.95\nO 0.5 0.5 0.5 1\n", "F m -3 m")

    with attach(tmp_path, text):
        assert density(read_crystal("x.cif")) == pytest.approx(5.75, abs=0.05)
        assert "with partial occupancies" in crystal_summary("x.cif").summary


@needs_shared
def test_a_supercell_has_all_its_atoms_and_those_on_its_faces():
    with shared_files():
        result = view_crystal("molybdenite.cif", [2, 2, 1])

    view = result.artifacts[0]
    atoms = [line.split() for line in view.data.splitlines() if line.startswith(("Mo", "S"))]
    assert "2 x 2 x 1 cells, 36 atoms" in result.summary
    assert view.meta["format"] == "cif" and view.meta["cell"] is True and "'P 1'" in view.data
    places = {tuple(map(float, atom[2:5])) for atom in atoms}
    assert len(places) == len(atoms) == 60 and max(x for x, _, _ in places) == 2.0
    assert {(0.0, 0.0, 0.0), (2.0, 2.0, 0.0), (2.0, 2.0, 1.0)} <= places


def test_the_drawn_cell_keeps_every_distance(tmp_path):
    # the rhombohedral cell of calcite in hexagonal axes: a = 4.990, c = 17.061 Å, x(O) = 0.2568 (S. A. Markgraf and
    # R. J. Reeder 1985); the C-O bond has 1.281 Å
    sites = SITES + "Ca 0 0 0\nC 0 0 0.25\nO 0.2568 0 0.25\n"
    text = cif(4.990, sites, "R -3 c :H", c=17.061, angles=(90, 90, 120))

    result = run(tmp_path, text)

    assert "CaCO3 (Z = 6), 30 atoms" in result.summary.replace("CCaO3", "CaCO3") and "C-O 1.281 Å" in result.summary
    again = run(tmp_path, result.artifacts[1].data)
    assert "C-O 1.281 Å" in again.summary and "R-3c (number 167)" in again.summary


def test_no_supercell_is_larger_than_can_be_drawn(tmp_path):
    sites = "".join(f"Si{i} {i % 10 / 10} {i // 10 % 10 / 10} {i // 100 / 10}\n" for i in range(100))
    text = cif(20, SITES + sites)

    assert "6,400 atoms; the limit is 5,000" in refusal_of(tmp_path, text, view_crystal, [4, 4, 4]).text
    assert "4,800 atoms" in run(tmp_path, text, view_crystal, [4, 4, 3]).summary


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("", "EMPTY", "empty"),
        (b"\0\1\2" * 99, "UNREADABLE_STRUCTURE", "binary"),
        ("hello", "INVALID_CIF", "no data block"),
        ("data_x\n_cell_length_a 3\n", "INVALID_CIF", "no data block"),
        (cif(5, SITES), "INVALID_CIF", "lists no atoms"),
        (cif(5, SITES + "Na 0 0\n"), "INVALID_CIF", "Wrong number of values"),
        (cif(5, SITES + "Na 0 ? 0\n"), "INVALID_CIF", "site Na has no coordinates"),
        (cif(5, SITES + "Xx1 0 0 0\n"), "INVALID_CIF", "'Xx1' is no element"),
        (cif(5, OCCUPIED + "Na 0 0 0 7\n"), "INVALID_CIF", "occupancy of 7"),
        (cif(5, SITES + "Na 0 0 0\n", angles=(120, 120, 120)), "INVALID_CIF", "volume"),
        (cif(1e9, SITES + "Na 0 0 0\n"), "INVALID_CIF", "no unit cell"),
        (cif(-5, SITES + "Na 0 0 0\n"), "INVALID_CIF", "cell"),
        ("data_x\n" + SITES + "Na 0 0 0\n", "INVALID_CIF", "no unit cell"),
        (cif(5, SITES + "Na 0 0 0\n", more="loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,import os'\n"), "INVALID_CIF", ""),
        ("data_x\n_atom_site_fract_x\n;\nwithout end", "INVALID_CIF", "unterminated"),
        ("data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\n" + "A 1 " * 400_000, "INVALID_CIF", "_cell_length"),
        (cif(5, SITES + "Na 0 0 0\n" * 1_001), "TOO_MANY_ATOMS", "the limit is 1,000"),
        (b"data_x\n" + b"#" * (4 * 2**20), "TOO_LARGE", "4 MB"),
        ("ATOM      1  CA  ALA A   1       0.000   0.000   0.000\n", "WRONG_KIND", "view_structure"),
        ("data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1 2\n", "WRONG_KIND", "structure_summary"),
    ],
)
def test_what_is_no_crystal_is_refused_with_the_reason(tmp_path, data, code, words):
    for tool in (crystal_summary, view_crystal, xrd_pattern):
        refusal = refusal_of(tmp_path, data, tool)

        assert refusal.code == code and words in refusal.text and len(refusal.text) < 400


def test_many_sites_with_much_symmetry_are_refused_before_they_are_computed(tmp_path):
    sites = "".join(f"Si{i} {i % 9 / 9 + 0.013:.4f} {i // 9 % 9 / 9 + 0.027:.4f} {i / 900:.4f}\n" for i in range(900))

    assert refusal_of(tmp_path, cif(60, SITES + sites, "F m -3 m")).code == "TOO_MANY_ATOMS"


def test_a_pattern_has_limits(tmp_path):
    assert refusal_of(tmp_path, SALT, xrd_pattern, "CuKa", 60, 60).code == "OUT_OF_RANGE"
    assert refusal_of(tmp_path, SALT, xrd_pattern, "CuKa", 33, 40).code == "NO_LINES"
    big = cif(150, SITES + "".join(f"O{i} {i / 900} 0 0\n" for i in range(900)))
    assert refusal_of(tmp_path, big, xrd_pattern, "AgKa", 5, 170).code == "TOO_LARGE"
    skew = cif(500, SITES + "O 0 0 0\n", angles=(20, 20, 20))
    assert refusal_of(tmp_path, skew, xrd_pattern, "AgKa", 5, 170).code == "TOO_LARGE"


def test_angles_up_to_backscattering_are_finite(tmp_path):
    rows = lines_of(run(tmp_path, SALT, xrd_pattern, "CuKa", 0, 180))

    assert all(math.isfinite(angle) and 0 <= percent <= 100 for angle, percent in rows.values())


def test_two_atoms_in_one_place_are_told(tmp_path):
    assert "only 0.50 Å apart" in run(tmp_path, cif(5, SITES + "C 0 0 0\nO 0.1 0 0\n")).text
    assert "add up to 2" in run(tmp_path, cif(5, SITES + "C 0 0 0\nO 0 0 0\n")).text


def test_labels_of_water_are_oxygen(tmp_path):
    with attach(tmp_path, cif(5, SITES + "OW 0 0 0\nWat1 0.5 0.5 0.5\nHg1 0.5 0 0\nCa2+ 0 0.5 0\n")):
        assert contents(read_crystal("x.cif")) == {"Ca": 1.0, "Hg": 1.0, "O": 2.0}


def test_markup_in_a_file_stays_out_of_what_is_drawn(tmp_path):
    markup = "</script><img src=x onerror=alert(1)>"
    text = cif(5, SITES + f"Na{markup.replace(' ', '_')} 0 0 0\n", more=f"_chemical_name_mineral '{markup}'\n")

    view = run(tmp_path, text, view_crystal).artifacts[0]

    assert "<" not in view.data.replace("# 1 x 1 x 1 cells of x.cif", "")


@needs_shared
def test_the_expected_calls_run():
    tools = {tool.name: tool for tool in TOOLS}
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in tools]

    with shared_files():
        for call in calls:
            tools[call["name"]].check_arguments(call["arguments"])
            result = tools[call["name"]].run(**call["arguments"])
            assert 0 < len(result.summary) <= 1_500 and result == tools[call["name"]].run(**call["arguments"])
    assert len(calls) >= 2


def test_warming_up_starts_no_thread():
    import threading

    before = threading.active_count()

    warm_up()

    assert threading.active_count() == before
