"""CIF files of crystals, through gemmi."""

from pathlib import Path
from typing import Any

from assistant.attachments.file_text import file_text
from assistant.attachments.plain_text import counted, lines_svg, read_text, unreadable, visible
from assistant.attachments.readers.understood_text import TextReading
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

MAX_BYTES = 8_000_000
NAMES = ("_chemical_name_mineral", "_chemical_name_common", "_chemical_name_systematic")
FORMULAS = ("_chemical_formula_sum", "_chemical_formula_structural", "_chemical_formula_moiety")
SPACE_GROUPS = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_space_group.name_H-M_alt")
BESIDE_THE_POINT = ("_publ", "_journal", "_citation", "_audit", "_cod_", "_database", "_computing", "_refln")
MAX_ROWS, MAX_VALUE = 500, 200
EDGES = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")


def read_crystal(path: Path) -> TextReading:
    text = read_text(path, "CIF file", MAX_BYTES)
    block = read_cif(text)
    facts = [" ".join(filter(None, (_value(block, NAMES), _value(block, FORMULAS).replace(" ", ""))))]
    facts.append(_value(block, SPACE_GROUPS).replace(" ", ""))
    edges = [_value(block, (name,)) for name in EDGES]
    if all(edges):
        facts.append(f"a = {edges[0]}, b = {edges[1]}, c = {edges[2]} Å")
    angles = [_value(block, (name,)) for name in ANGLES]
    if all(angles) and set(angles) != {"90"}:
        facts.append(f"α = {angles[0]}, β = {angles[1]}, γ = {angles[2]}°")
    num_sites = len(block.find_loop("_atom_site_label")) or len(block.find_loop("_atom_site_type_symbol"))
    if num_sites:
        facts.append(counted(num_sites, "atom site"))
    if not all(edges) and not num_sites:
        raise unreadable("The CIF file has neither a unit cell nor atoms: attach the one of a structure.")
    lines = [visible(line) for line in _lines(block)]
    return TextReading(file_text("crystal", ", ".join(filter(None, facts)), lines), lines_svg(lines))


def read_cif(text: str) -> Any:
    """The first block of it."""
    try:
        cif = optional("gemmi").cif
    except ToolError as error:
        raise unreadable(f"CIF files need the package gemmi, which is not installed. {error.hint}") from error
    try:
        document = cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        reason = visible(str(error).splitlines()[0])[:200]
        raise unreadable(f"The CIF file is damaged ({reason}): save it again and attach that.") from error
    if not len(document):
        raise unreadable("The CIF file holds no data block: attach another.")
    return document[0]


def _lines(block: Any) -> list[str]:
    """What is said of the crystal itself: without the publication, and with symmetry operations only counted."""
    lines: list[str] = []
    for item in block:
        tags = [item.pair[0]] if item.pair is not None else item.loop.tags if item.loop is not None else []
        if not tags or tags[0].lower().startswith(BESIDE_THE_POINT):
            continue
        if item.pair is not None:
            value = " ".join(item.pair[1].strip(";").split())
            if value not in ("?", "."):
                lines.append(f"{item.pair[0]} {value[:MAX_VALUE]}")
        elif any("symop" in tag or "symmetry_equiv" in tag for tag in tags):
            lines.append(f"# {counted(item.loop.length(), 'symmetry operation')}")
        else:
            width = item.loop.width()
            lines += ["loop_", *tags]
            lines += [
                " ".join(str(item.loop[row, column])[:MAX_VALUE] for column in range(width))
                for row in range(min(item.loop.length(), MAX_ROWS))
            ]
    return lines


def _value(block: Any, names: tuple[str, ...]) -> str:
    """The first of the names that has one, without quotes."""
    cif = optional("gemmi").cif
    for name in names:
        found = block.find_value(name)
        if found and found not in "?.":
            return visible(" ".join(str(cif.as_string(found)).split()))[:120]
    return ""
