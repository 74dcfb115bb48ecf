"""Plot the hydropathy along a protein."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.library import biopython
from assistant.tools.biology.residues import AMINO_ACIDS, EITHER, GivenSequence, ambiguity_notes, read_protein
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

ScaleName = Literal["kyte_doolittle", "hopp_woods", "eisenberg"]
SCALES = {
    "kyte_doolittle": ("kd", "Kyte-Doolittle hydropathy", "hydrophobic"),
    "hopp_woods": ("hw", "Hopp-Woods hydrophilicity", "hydrophilic"),
    "eisenberg": ("es", "Eisenberg consensus hydrophobicity", "hydrophobic"),
}
HELIX_WINDOW = 19  # residues that span the membrane as a helix
HELIX_THRESHOLD = 1.6  # mean over the window, Kyte and Doolittle 1982
MAX_LISTED = 12


def hydropathy_plot(
    sequence: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    window: Annotated[int, Schema(minimum=5, maximum=25)] = 9,
    scale: ScaleName = "kyte_doolittle",
) -> ToolResult:
    """Sliding-window hydropathy plot; window 19 flags transmembrane helices.

    sequence: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    window: Odd window
    scale: Scale
    """
    protein = read_protein(sequence)
    if window % 2 == 0:
        raise ToolError(
            "EVEN_WINDOW",
            f"window is {window}; it must be odd, so that it has a middle residue.",
            f"Use {window - 1} or {window + 1}." if window < 25 else "Use 25.",
        )
    if len(protein) < window:
        raise ToolError(
            "TOO_SHORT",
            f"The sequence has {len(protein)} residues, fewer than the window of {window}.",
            "Give a longer sequence" + (" or a smaller window." if len(protein) >= 5 else "."),
        )
    means = window_means(protein.letters, window, scale)
    flags_helices = scale == "kyte_doolittle" and window == HELIX_WINDOW
    helices = membrane_segments(means) if flags_helices else []
    return ToolResult(
        summary=_summary(protein, means, window, scale, helices),
        artifacts=(_plot(means, window, scale, helices), *_view(protein, helices)),
        warnings=(
            *protein.notes,
            *ambiguity_notes(protein.letters, "B, Z and J count as their mean; windows with X have no value"),
            *_cautions(protein.letters, helices),
        ),
        provenance={
            "library": biopython(),
            "method": f"{SCALES[scale][1]}, unweighted mean over the window",
            "parameters": {"window": window, "scale": scale},
        },
    )


def window_means(letters: str, window: int, scale: str) -> NDArray[np.float64]:
    """One mean for each whole window, [len(letters) - window + 1]; NaN where a residue has no value."""
    table = _values(scale)
    values = np.array([table.get(letter, np.nan) for letter in letters])
    means: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=1)
    return means


def membrane_segments(means: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """(first residue, last residue, mean) of windows of 19 above 1.6 that do not overlap, the highest chosen first;
    in the order of the chain, 1-based."""
    left = np.where(np.isnan(means), -np.inf, means)
    segments = []
    while left.size and (best := float(left.max())) >= HELIX_THRESHOLD:
        start = int(left.argmax())
        segments.append((start + 1, start + HELIX_WINDOW, best))
        left[max(0, start - HELIX_WINDOW + 1) : start + HELIX_WINDOW] = -np.inf
    return sorted(segments)


def _values(scale: str) -> dict[str, float]:
    table: dict[str, float] = getattr(optional("Bio.SeqUtils.ProtParamData", "biopython"), SCALES[scale][0])
    means = {letter: sum(table[meant] for meant in pair) / 2 for letter, pair in EITHER.items()}
    return {letter: float(table[letter]) for letter in AMINO_ACIDS} | means


def _summary(
    protein: GivenSequence,
    means: NDArray[np.float64],
    window: int,
    scale: str,
    helices: list[tuple[int, int, float]],
) -> str:
    _, label, sense = SCALES[scale]
    lines = [f"{label} of {len(protein):,} residues, window {window}, high values are {sense}."]
    if np.isnan(means).all():
        return lines[0] + " Every window holds a residue without a value."
    half = window // 2
    high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
    lines.append(
        f"Highest window mean {means[high]:.2f} around residue {high + half + 1}; lowest {means[low]:.2f} around "
        f"residue {low + half + 1}; mean of all windows {np.nanmean(means):.2f}."
    )
    if scale != "kyte_doolittle":
        return "\n".join(lines)
    if window != HELIX_WINDOW:
        lines.append("Transmembrane helices are looked for with window 19 only.")
    elif helices:
        listed = ", ".join(f"{start}-{end} (mean {mean:.2f})" for start, end, mean in helices[:MAX_LISTED])
        more = f" ... and {len(helices) - MAX_LISTED} more" if len(helices) > MAX_LISTED else ""
        noun = "helix" if len(helices) == 1 else "helices"
        lines.append(
            f"{len(helices)} candidate transmembrane {noun} (19 residues with a mean of at "
            f"least {HELIX_THRESHOLD}, Kyte and Doolittle 1982): {listed}{more}."
        )
    else:
        lines.append(f"No window of 19 reaches {HELIX_THRESHOLD}: no transmembrane helix is expected.")
    return "\n".join(lines)


def _cautions(letters: str, helices: list[tuple[int, int, float]]) -> tuple[str, ...]:
    cautions = []
    if any(letter in letters for letter in "UO"):
        cautions.append("U and O have no value on these scales; windows with one are left out.")
    if helices:
        cautions.append(
            "Hydropathy alone takes signal peptides and buried cores of soluble proteins for helices too; "
            "ends may be off by some residues, and amphipathic helices are missed."
        )
    return tuple(cautions)


def _plot(means: NDArray[np.float64], window: int, scale: str, helices: list[tuple[int, int, float]]) -> ToolArtifact:
    label = SCALES[scale][1]
    centres = np.arange(len(means)) + window // 2 + 1
    x, y = views.decimate(centres.tolist(), means.tolist())
    curves: list[views.Curve] = [{"name": label, "x": x, "y": y}]
    if helices or (scale == "kyte_doolittle" and window == HELIX_WINDOW):
        ends = [float(centres[0]), float(centres[-1])]
        curves.append({"name": f"threshold {HELIX_THRESHOLD}", "x": ends, "y": [HELIX_THRESHOLD, HELIX_THRESHOLD]})
    marks: list[views.Mark] = [
        {"x": float(start), "x_end": float(end), "label": f"TM {i}", "kind": "peak"}
        for i, (start, end, _) in enumerate(helices, 1)
    ]
    panel: views.Panel = {"label": f"{label} (mean)", "curves": curves, "marks": marks}
    alt = f"{label} along the chain, window {window}, {len(helices)} candidate transmembrane helices marked"
    return views.plot(
        "hydropathy.json", "residue at the middle of the window", [panel], alt, notes=[f"window {window}, unweighted"]
    )


def _view(protein: GivenSequence, helices: list[tuple[int, int, float]]) -> tuple[ToolArtifact, ...]:
    if not helices:
        return ()
    features: list[views.Feature] = [
        {"start": start, "end": end, "label": f"TM {i}", "kind": "helix"}
        for i, (start, end, _) in enumerate(helices, 1)
    ]
    alt = f"Sequence of {len(protein):,} residues with {len(features)} candidate transmembrane helices"
    title = protein.title or "Candidate transmembrane helices"
    return (views.sequence("helices.json", title, protein.letters, "protein", alt, features),)
