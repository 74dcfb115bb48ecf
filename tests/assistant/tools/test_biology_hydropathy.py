import json

import numpy as np
import pytest

from assistant.tools.biology.hydropathy_plot import hydropathy_plot, membrane_segments, window_means
from assistant.tools.result import ToolError
from tests.assistant.tools import proteins


@pytest.mark.parametrize(
    ("scale", "values"),
    [
        # J. Mol. Biol. 157, 105 (1982), table 2
        ("kyte_doolittle", {"I": 4.5, "V": 4.2, "L": 3.8, "F": 2.8, "G": -0.4, "W": -0.9, "K": -3.9, "R": -4.5}),
        # Proc. Natl. Acad. Sci. 78, 3824 (1981), table 1
        ("hopp_woods", {"R": 3.0, "D": 3.0, "E": 3.0, "K": 3.0, "S": 0.3, "A": -0.5, "L": -1.8, "W": -3.4}),
        # J. Mol. Biol. 179, 125 (1984), the normalised consensus scale
        ("eisenberg", {"I": 1.38, "F": 1.19, "V": 1.08, "A": 0.62, "K": -1.5, "R": -2.53}),
    ],
)
def test_the_scales_are_the_published_ones(scale, values):
    for letter, value in values.items():
        assert window_means(letter * 5, 5, scale) == pytest.approx([value])


def test_a_window_is_a_plain_mean_around_its_middle_residue():
    assert window_means("IIIIIRRRRR", 5, "kyte_doolittle") == pytest.approx([4.5, 2.7, 0.9, -0.9, -2.7, -4.5])
    assert "Highest window mean 4.50 around residue 3" in hydropathy_plot("IIIIIRRRRR", window=5).summary


def test_glycophorin_has_its_one_helix():
    # P02724: transmembrane 92-114 of the precursor, 73-95 of the chain
    result = hydropathy_plot(proteins.GLYCOPHORIN, window=19)

    assert "1 candidate transmembrane helix" in result.summary
    assert "73-91 (mean 2.67)" in result.summary
    view = json.loads(result.artifacts[1].data)
    assert view["features"] == [{"start": 73, "end": 91, "label": "TM 1", "kind": "helix"}]
    assert "signal peptides" in result.warnings[0]


@pytest.mark.parametrize("sequence", [proteins.UBIQUITIN, proteins.CALMODULIN, proteins.GFP, proteins.LYSOZYME])
def test_soluble_proteins_have_none(sequence):
    result = hydropathy_plot(sequence, window=19)

    assert "no transmembrane helix is expected" in result.summary
    assert [item.kind for item in result.artifacts] == ["plot"]


def test_other_windows_and_scales_claim_no_helices():
    assert "window 19 only" in hydropathy_plot(proteins.GLYCOPHORIN).summary
    assert "transmembrane" not in hydropathy_plot(proteins.GLYCOPHORIN, window=19, scale="hopp_woods").summary
    assert "high values are hydrophilic" in hydropathy_plot(proteins.GLYCOPHORIN, scale="hopp_woods").summary


def test_helices_do_not_overlap():
    segments = membrane_segments(window_means("L" * 60, 19, "kyte_doolittle"))

    assert [start for start, _, _ in segments] == [1, 20, 39]


def test_unknown_residues_leave_gaps():
    result = hydropathy_plot("MKVLAXMKVLAGGHI", window=5)

    curve = json.loads(result.artifacts[0].data)["panels"][0]["curves"][0]
    assert curve["x"] == [float(x) for x in range(3, 14)]
    assert [i for i, y in enumerate(curve["y"]) if y is None] == [1, 2, 3, 4, 5]
    assert "windows with X have no value" in result.warnings[0]
    assert "Every window" in hydropathy_plot("XXXXX", window=5).summary


def test_either_or_letters_count_as_their_mean():
    assert window_means("JJJJJ", 5, "kyte_doolittle") == pytest.approx([(4.5 + 3.8) / 2])


def test_the_longest_protein_is_drawn_with_few_points():
    result = hydropathy_plot(proteins.GFP * 42, window=19)

    assert len(json.loads(result.artifacts[0].data)["panels"][0]["curves"][0]["x"]) <= 4_000
    assert not np.isnan(window_means(proteins.GFP * 42, 19, "kyte_doolittle")).any()


@pytest.mark.parametrize(
    ("sequence", "window", "code", "said"),
    [
        ("MKVLAGGHII", 6, "EVEN_WINDOW", "window is 6; it must be odd"),
        ("MKVL", 5, "TOO_SHORT", "4 residues, fewer than the window of 5"),
        ("MKVLAGGH", 9, "TOO_SHORT", "smaller window"),
        ("ACGTACGTACGT", 9, "LOOKS_LIKE_DNA", "not a protein"),
    ],
)
def test_what_cannot_be_plotted_is_refused(sequence, window, code, said):
    with pytest.raises(ToolError) as caught:
        hydropathy_plot(sequence, window)

    assert caught.value.code == code
    assert said in str(caught.value)
