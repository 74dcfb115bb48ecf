"""Convert a quantity from one unit to another, also where physics connects two dimensions."""

import math
import re
from functools import cache
from typing import Annotated, Any, Literal

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.result import ToolError, ToolResult

Unit = Annotated[str, Schema(maxLength=60)]
CONTEXT_FACTS = {
    "spectroscopy": "wavelength, frequency, wavenumber and photon energy: E = h c / lambda",
    "boltzmann": "temperature and energy: E = k_B T",
    "chemistry": "mass and amount of substance: m = n M",
}
# What people write, in the words of the registry.
# Names joined by * and /, with small powers: the registry's own reader would work out 9**9**9.
UNIT = re.compile(r"(?:[^\W\d]\w*|(?:\*\*|\^)\s*\(?[-+]?\d{1,2}(?:\.\d+)?\)?|[*/() %]|1(?=\s*/))+")
SPELLINGS = {
    "Å": "angstrom",
    "℃": "degC",
    "°C": "degC",
    "℉": "degF",
    "°F": "degF",
    "µ": "u",
    "μ": "u",
    "Ω": "ohm",
    "·": "*",
}


def convert_units(
    value: float,
    from_unit: Unit,
    to_unit: Unit,
    context: Literal["none", "spectroscopy", "boltzmann", "chemistry"] = "none",
    molar_mass_g_mol: Annotated[float, Schema(exclusiveMinimum=0)] | None = None,
) -> ToolResult:
    """Convert a quantity between units, with spectroscopy and molar contexts.

    value: Number
    from_unit: e.g. kcal/mol, nm, degC
    to_unit: e.g. kJ/mol, eV, K
    context: Special conversions
    molar_mass_g_mol: For context=chemistry
    """
    pint = optional("pint")
    source, target = _unit(from_unit), _unit(to_unit)
    arguments = {}
    if context == "chemistry":
        if molar_mass_g_mol is None:
            raise ToolError("NO_MOLAR_MASS", "The chemistry context needs molar_mass_g_mol.", "Give it in g/mol.")
        arguments = {"mw": registry().Quantity(molar_mass_g_mol, "g/mol")}
    contexts = [] if context == "none" else [context]
    try:
        quantity = registry().Quantity(value, source)
        result = quantity.to(target, *contexts, **arguments)
    except pint.DimensionalityError as error:
        raise _dimension_error(error, from_unit, to_unit, context) from error
    except (ZeroDivisionError, OverflowError) as error:
        raise _no_finite_value(value, from_unit, to_unit) from error
    if not math.isfinite(result.magnitude):
        raise _no_finite_value(value, from_unit, to_unit)
    how = f" ({context}: {CONTEXT_FACTS[context]})" if contexts else ""
    return ToolResult(
        summary=f"{value:.12g} {from_unit} = {result.magnitude:.8g} {to_unit}{how}",
        provenance={
            "library": f"pint {pint.__version__}",
            "method": context if contexts else "unit factors, CODATA constants",
            "parameters": {"value": value, "from_unit": from_unit, "to_unit": to_unit},
        },
    )


@cache
def registry() -> Any:
    pint = optional("pint")
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)


def _unit(text: str) -> Any:
    """ToolError for what the registry does not know, and for an expression that is not a unit."""
    pint = optional("pint")
    written = text.strip()
    for spelling, name in SPELLINGS.items():
        written = written.replace(spelling, name)
    if not UNIT.fullmatch(written):
        raise ToolError("UNKNOWN_UNIT", f"'{text}' cannot be read as a unit.", "Write it like kJ/mol.")
    try:
        return registry().parse_units(written)
    except pint.UndefinedUnitError as error:
        raise ToolError(
            "UNKNOWN_UNIT", f"'{text}' is not a known unit.", "Write it like kcal/mol, nm, degC, cm**-1, mol/L."
        ) from error
    except Exception as error:  # the parser lets out whatever its tokenizer met
        raise ToolError("UNKNOWN_UNIT", f"'{text}' cannot be read as a unit.", "Write it like kJ/mol.") from error


def _no_finite_value(value: float, from_unit: str, to_unit: str) -> ToolError:
    return ToolError("DOMAIN", f"{value:g} {from_unit} has no finite value in {to_unit}.")


def _dimension_error(error: Exception, from_unit: str, to_unit: str, context: str) -> ToolError:
    """Says which context would connect the two, if one does."""
    source, target = _unit(from_unit), _unit(to_unit)
    helping = [
        name for name in ("spectroscopy", "boltzmann") if name != context and source.is_compatible_with(target, name)
    ]
    if helping:
        hint = f"Use context={helping[0]}."
    elif source.is_compatible_with(target, "chemistry", mw=registry().Quantity(1, "g/mol")):
        hint = "Use context=chemistry with molar_mass_g_mol."
    else:
        hint = "Give a unit of the same dimension."
    return ToolError("DIMENSION", f"{str(error).rstrip('.')}.", hint)
