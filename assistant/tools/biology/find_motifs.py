"""Find short motifs in a protein."""

from dataclasses import dataclass
from typing import Annotated, Literal

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.prosite import find_matches, parse_pattern
from assistant.tools.biology.residues import ambiguity_notes, read_protein
from assistant.tools.result import ToolArtifact, ToolResult

MAX_ROWS = 2_000
MAX_SHOWN = 300  # hits drawn along the sequence
MAX_SUMMARY = 1_400
SHORT = 4  # residues: such motifs turn up by chance in most proteins

MotifName = Literal[
    "n_glycosylation",
    "pkc_site",
    "ck2_site",
    "pka_site",
    "rgd",
    "p_loop",
    "zinc_finger_c2h2",
    "leucine_zipper",
    "nls_monopartite",
    "er_retention_kdel",
    "sumoylation",
    "caax",
    "ef_hand",
    "serine_protease_his",
    "serine_protease_ser",
    "cys_motif_cxxc",
]


@dataclass(frozen=True, slots=True)
class Motif:
    """A consensus of the literature in PROSITE's syntax."""

    pattern: str
    meaning: str


MOTIFS: dict[str, Motif] = {
    "n_glycosylation": Motif("N-{P}-[ST]-{P}", "N-glycosylation sequon, on N"),
    "pkc_site": Motif("[ST]-x-[RK]", "protein kinase C phosphorylation, on S or T"),
    "ck2_site": Motif("[ST]-x(2)-[DE]", "casein kinase 2 phosphorylation, on S or T"),
    "pka_site": Motif("[RK](2)-x-[ST]", "cAMP-dependent kinase phosphorylation, on S or T"),
    "rgd": Motif("R-G-D", "integrin-binding RGD"),
    "p_loop": Motif("[AG]-x(4)-G-K-[ST]", "P-loop (Walker A), binds ATP or GTP"),
    "zinc_finger_c2h2": Motif("C-x(2,4)-C-x(12)-H-x(3,5)-H", "C2H2 zinc finger"),
    "leucine_zipper": Motif("L-x(6)-L-x(6)-L-x(6)-L", "leucine zipper"),
    "nls_monopartite": Motif("K-[KR]-x-[KR]", "monopartite nuclear localisation signal"),
    "er_retention_kdel": Motif("[KRHQ]-[DENQ]-E-L>", "ER retention at the C-terminus (KDEL)"),
    "sumoylation": Motif("[AVILMFPW]-K-x-[DE]", "SUMO attachment, on K"),
    "caax": Motif("C-[AGVILMSTCFYW](2)-x>", "prenylation at the C-terminus (CAAX)"),
    "ef_hand": Motif("D-x-[DNS]-x-[DNSTGE]-[GNKHRQDE]-x-[ILVMF]-[DNSTEQGA]-x(2)-[DE]", "EF-hand calcium loop"),
    "serine_protease_his": Motif("[LIVM]-[ST]-A-[STAG]-H-C", "trypsin family, around the active histidine"),
    "serine_protease_ser": Motif("G-[DE]-S-G-[GS]", "trypsin family, around the active serine"),
    "cys_motif_cxxc": Motif("C-x(2)-C", "CXXC: redox-active or metal-binding cysteines"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Residues start to end, 1-based and inclusive."""

    motif: str
    start: int
    end: int
    residues: str


def find_motifs(
    sequence: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    motifs: Annotated[list[MotifName], Schema(uniqueItems=True)] | None = None,
    pattern: Annotated[str, Schema(maxLength=300)] | None = None,
) -> ToolResult:
    """Scan a protein for common sites (N-glycosylation, RGD, P-loop, zinc finger ...) or a PROSITE-style pattern.

    sequence: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    motifs: Built-in motifs; default all
    pattern: PROSITE syntax, e.g. N-{P}-[ST]-{P}
    """
    protein = read_protein(sequence)
    wanted = _wanted(motifs, pattern)
    hits = [
        Hit(name, start + 1, end, protein.letters[start:end])
        for name, source in wanted.items()
        for start, end in find_matches(parse_pattern(source), protein.letters)
    ]
    return ToolResult(
        summary=_summary(hits, wanted, len(protein)),
        artifacts=(*_table(hits, wanted), _view(hits, protein.letters, protein.title)),
        warnings=(
            *protein.notes,
            *ambiguity_notes(protein.letters, "such a letter matches x only"),
            *_cautions(hits),
        ),
        provenance={
            "library": "own matcher",
            "method": "PROSITE syntax; the longest match at every start, overlapping ones too",
            "parameters": {"patterns": wanted},
        },
    )


def _wanted(motifs: list[MotifName] | None, pattern: str | None) -> dict[str, str]:
    """Patterns by name; all motifs only where neither argument is given."""
    own = {"pattern": pattern.strip().removesuffix(".")} if pattern and pattern.strip() else {}
    names: list[str] = list(motifs or ([] if own else MOTIFS))
    return {name: MOTIFS[name].pattern for name in names} | own


def _summary(hits: list[Hit], wanted: dict[str, str], length: int) -> str:
    lines = [f"{len(hits)} motif hit{'s' * (len(hits) != 1)} in a protein of {length:,} residues (1-based positions)."]
    missing = [name for name in wanted if not any(hit.motif == name for hit in hits)]
    tail = f"No hit: {', '.join(missing)}." if missing else ""
    room = MAX_SUMMARY - len(tail) - len(lines[0])
    found = [name for name in wanted if name not in missing]
    for number, name in enumerate(found):
        share = (room - 60) // (len(found) - number)
        line = _hit_line(name, wanted[name], [hit for hit in hits if hit.motif == name], share)
        lines.append(line)
        room -= len(line) + 1
    return "\n".join((*lines, tail)).strip()


def _hit_line(name: str, source: str, hits: list[Hit], room: int) -> str:
    shown_source = source if len(source) <= 50 else f"{source[:47]}..."
    line = f"{name} {shown_source}: {len(hits)} hit{'s' * (len(hits) > 1)} at "
    shown: list[str] = []
    for hit in hits:
        residues = hit.residues if len(hit.residues) <= 30 else f"{hit.residues[:27]}..."
        text = f"{hit.start}-{hit.end} {residues}"
        if shown and len(line) + len("".join(shown)) + len(text) + 25 > room:
            break
        shown.append(text + ", ")
    more = len(hits) - len(shown)
    return line + "".join(shown).removesuffix(", ") + (f" ... and {more} more." if more else ".")


def _cautions(hits: list[Hit]) -> tuple[str, ...]:
    short = sorted({hit.motif for hit in hits if len(hit.residues) <= SHORT})
    if not short:
        return ()
    return (
        "Motifs of 3 or 4 residues occur by chance in most proteins: these hits are candidates, "
        f"not evidence of a function ({', '.join(short)}).",
    )


def _table(hits: list[Hit], wanted: dict[str, str]) -> tuple[ToolArtifact, ...]:
    if not hits:
        return ()
    rows = [
        (hit.motif, hit.start, hit.end, hit.residues, wanted[hit.motif], _meaning(hit.motif)) for hit in hits[:MAX_ROWS]
    ]
    columns = ("motif", "start", "end", "residues", "pattern", "meaning")
    return (views.table("motifs.csv", columns, rows, f"{len(rows)} motif hits with their positions"),)


def _view(hits: list[Hit], letters: str, title: str) -> ToolArtifact:
    features: list[views.Feature] = [
        {"start": hit.start, "end": hit.end, "label": hit.motif, "kind": "motif"} for hit in hits[:MAX_SHOWN]
    ]
    alt = f"Sequence of {len(letters):,} residues with {len(features)} motif hits in colour"
    return views.sequence("motifs.json", title or "Motifs", letters, "protein", alt, features)


def _meaning(name: str) -> str:
    return MOTIFS[name].meaning if name in MOTIFS else "the given pattern"
