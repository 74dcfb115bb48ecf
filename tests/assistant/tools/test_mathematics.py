import csv
import io
import json

import pytest

from assistant.tools.attached import attached_files
from assistant.tools.mathematics.convert_units import convert_units
from assistant.tools.mathematics.fit_curve import fit_curve
from assistant.tools.mathematics.plot_data import plot_data
from assistant.tools.mathematics.solve_equation import solve_equation
from assistant.tools.result import ToolError
from tests.assistant.tools.shared_files import needs_shared, shared_files


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "context", "answer"),
    [
        # NIST SP 811 appendix B and the CODATA 2022 tables (physics.nist.gov/cuu/Constants)
        (1, "kcal/mol", "kJ/mol", "none", "4.184 kJ/mol"),
        (1, "atm", "Pa", "none", "101325 Pa"),
        (25, "degC", "K", "none", "298.15 K"),
        (98.6, "°F", "°C", "none", "37 °C"),
        (1, "hartree", "eV", "none", "27.211386 eV"),
        (1, "inch", "cm", "none", "2.54 cm"),
        (1, "Å", "nm", "none", "0.1 nm"),
        (1, "eV", "cm**-1", "spectroscopy", "8065.5439 cm**-1"),
        (532, "nm", "eV", "spectroscopy", "2.33053 eV"),
        (1, "eV", "K", "boltzmann", "11604.518 K"),
        (1, "bar", "psi", "none", "14.503774 psi"),
        (1, "lb", "kg", "none", "0.45359237 kg"),
    ],
)
def test_units_convert_by_published_factors(value, from_unit, to_unit, context, answer):
    assert f"= {answer}" in convert_units(value, from_unit, to_unit, context).summary


def test_a_mass_becomes_an_amount_with_a_molar_mass():
    # 18.015 g of water are one mole (IUPAC standard atomic weights)
    assert "= 1 mol " in convert_units(18.015, "g", "mol", "chemistry", molar_mass_g_mol=18.015).summary


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        ((1, "m", "kg"), "DIMENSION", "same dimension"),
        ((1, "nm", "eV"), "DIMENSION", "context=spectroscopy"),
        ((300, "K", "meV"), "DIMENSION", "context=boltzmann"),
        ((5, "g", "mmol"), "DIMENSION", "context=chemistry"),
        ((10, "mg/mL", "mol/L"), "DIMENSION", "context=chemistry"),
        ((5, "g", "mmol", "chemistry"), "NO_MOLAR_MASS", "g/mol"),
        ((1, "flurb", "m"), "UNKNOWN_UNIT", "kcal/mol"),
        ((1, "__import__('os')", "m"), "UNKNOWN_UNIT", ""),
        ((1, "9**9**9", "m"), "UNKNOWN_UNIT", ""),
        ((0, "nm", "eV", "spectroscopy"), "DOMAIN", ""),
        ((1e308, "Gm", "nm"), "DOMAIN", ""),
    ],
)
def test_a_conversion_that_cannot_be_says_why(arguments, code, hint):
    with pytest.raises(ToolError) as refusal:
        convert_units(*arguments)

    assert refusal.value.code == code and hint in refusal.value.text


@pytest.mark.parametrize(
    ("task", "expression", "bounds", "answer"),
    [
        # Abramowitz and Stegun, Handbook of Mathematical Functions
        ("solve", "x^2 - 2 = 0", (), "sqrt(2) = 1.4142136"),
        ("solve", "x**3 = 8", ("0",), "x: 2"),
        ("solve", "cos(x) = x", (), "0.7390851332"),  # the Dottie number, OEIS A003957
        ("integrate", "exp(-x**2)", ("-oo", "oo"), "sqrt(pi) = 1.7724539"),
        ("integrate", "1/x", ("1", "E"), ": 1"),
        ("differentiate", "sin(x)*x", (), "x*cos(x) + sin(x)"),
        ("limit", "sin(x)/x", ("0",), "x -> 0: 1"),
        ("limit", "(1 + 1/x)**x", ("oo",), ": E = 2.7182818"),
        ("series", "exp(x)", (), "1 + x + x**2/2 + x**3/6"),
        ("simplify", "(x**2 - 1)/(x - 1)", (), "x + 1"),
    ],
)
def test_symbolic_mathematics(task, expression, bounds, answer):
    assert answer in solve_equation(task, expression, "x", *bounds).summary


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("solve", "x.__class__"), "UNSAFE"),
        (("solve", "__import__('os').system('true')"), "UNSAFE"),
        (("solve", "(lambda: 1)()"), "UNSAFE"),
        (("solve", "_x"), "UNSAFE"),
        (("solve", "2x = 4"), "PARSE"),
        (("solve", "x = 1 = 2"), "PARSE"),
        (("simplify", "x = 1"), "PARSE"),
        (("simplify", "x" + " + x" * 120), "TOO_LONG"),
        (("solve", "9**9**9 - x"), "TOO_LARGE"),
        (("simplify", "((x**150)**150)"), "TOO_LARGE"),
        (("simplify", "9" * 41), "TOO_LARGE"),
        (("simplify", "1/0"), "DOMAIN"),
        (("solve", "y = 3"), "NO_VARIABLE"),
        (("solve", "x", "2"), "WRONG_VALUE"),
        (("solve", "E*x", "E"), "WRONG_VALUE"),
        (("integrate", "x**x"), "NO_METHOD"),
        (("integrate", "x", "x", "0"), "MISSING_ARGUMENT"),
        (("limit", "1/x"), "MISSING_ARGUMENT"),
        (("solve", "cos(x) = x + y"), "NO_METHOD"),
    ],
)
def test_what_is_not_plain_algebra_is_refused(arguments, code):
    with pytest.raises(ToolError) as refusal:
        solve_equation(*arguments)

    assert refusal.value.code == code


def test_a_power_law_meets_the_certified_values_of_dan_wood():
    # NIST Statistical Reference Datasets, itl.nist.gov/div898/strd/nls/data/daniel_wood.shtml:
    # b1 = 0.76886226176 +- 0.018281, b2 = 3.8604055871 +- 0.051726, residual standard deviation 0.032853
    x = [1.309, 1.471, 1.490, 1.565, 1.611, 1.680]
    y = [2.138, 3.421, 3.597, 4.340, 4.882, 5.660]

    summary = fit_curve("power", x, y).summary

    assert "a = 0.768862 ± 0.018; b = 3.86041 ± 0.052" in summary
    assert "residual standard deviation 0.03285" in summary


def test_a_line_through_anscombes_first_set():
    # F. J. Anscombe, Graphs in Statistical Analysis, The American Statistician 27 (1973): y = 3.00 + 0.500 x, R2 = 0.67
    x = [10.0, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]

    summary = fit_curve("linear", x, y).summary

    assert "a = 3.00009 ± 1.1; b = 0.500091 ± 0.12" in summary and "R2 = 0.66654" in summary


@pytest.mark.parametrize(
    ("model", "function", "names"),
    [
        ("quadratic", lambda x: 1 + 2 * x + 3 * x**2, {"a": 1, "b": 2, "c": 3}),
        ("exponential", lambda x: 2 * 2.718281828 ** (-0.3 * x), {"a": 2, "b": -0.3}),
        ("power", lambda x: 3 * x**1.5, {"a": 3, "b": 1.5}),
        ("michaelis_menten", lambda x: 10 * x / (2.5 + x), {"Vmax": 10, "Km": 2.5}),
        ("hill", lambda x: 5 * x**2 / (3**2 + x**2), {"ymax": 5, "K": 3, "n": 2}),
        ("gaussian", lambda x: 4 * 2.718281828 ** (-((x - 6) ** 2) / 8) + 1, {"A": 4, "mu": 6, "c": 1}),
        ("first_order_decay", lambda x: 7 * 2.718281828 ** (-0.4 * x) + 2, {"A": 7, "k": 0.4, "c": 2}),
    ],
)
def test_every_model_finds_the_parameters_that_made_the_points(model, function, names):
    x = [0.5 + 0.5 * i for i in range(24)]

    rows = csv.reader(io.StringIO(fit_curve(model, x, [function(value) for value in x]).artifacts[1].data))
    found = {row[0]: float(row[1]) for row in list(rows)[1:]}

    assert {name: pytest.approx(value, rel=1e-4) for name, value in names.items()}.items() <= found.items()


def test_arrhenius_gives_the_energy_of_dinitrogen_pentoxide():
    # Atkins, Physical Chemistry: decomposition of N2O5, k in 1/s at T in K; Ea about 103 kJ/mol
    temperatures = [273.0, 298.0, 308.0, 318.0, 328.0, 338.0]
    rates = [7.87e-7, 3.46e-5, 1.35e-4, 4.98e-4, 1.50e-3, 4.87e-3]

    summary = fit_curve("arrhenius", temperatures, rates).summary

    energy = float(summary.split("Ea = ")[1].split()[0])
    assert energy == pytest.approx(103_000, rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"model": "linear"}, "NEED_DATA"),
        ({"model": "linear", "x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]}, "LENGTH_MISMATCH"),
        ({"model": "gaussian", "x": [1.0, 2.0], "y": [1.0, 2.0]}, "NEED_DATA"),
        ({"model": "power", "x": [0.0, 1.0], "y": [1.0, 2.0]}, "DOMAIN"),
        ({"model": "linear", "x": [1.0, 1.0], "y": [1.0, 2.0]}, "NEED_DATA"),
    ],
)
def test_points_that_cannot_be_fitted_are_refused(arguments, code):
    with pytest.raises(ToolError) as refusal:
        fit_curve(**arguments)

    assert refusal.value.code == code


def tables(tmp_path, **texts):
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return attached_files({f"{name}.csv": tmp_path / name for name in texts})


def test_a_fit_reads_two_columns_of_a_file(tmp_path):
    with tables(tmp_path, a="t;signal;note\n1;2.0;x\n2;4.0;y\n3;;z\n4;8.0;z\n"):
        summary = fit_curve("linear", file="a.csv", x_column="t", y_column="1").summary

    assert "3 points" in summary and "b = 2 " in summary


@pytest.mark.parametrize("kind", ["line", "scatter", "bar", "histogram", "box"])
def test_every_kind_of_plot_draws_its_columns(tmp_path, kind):
    with tables(tmp_path, a="year,ice,<b>sun\n" + "".join(f"{1900 + i},{i % 7},{i * i}\n" for i in range(40))):
        result = plot_data("a.csv", ["ice", "<b>sun"], kind, x="year")

    assert "ice: 40 values from 0 to 6" in result.summary
    if kind == "box":
        assert "<b>" not in result.artifacts[0].data
    else:
        (panel,) = json.loads(result.artifacts[0].data)["panels"]
        assert [curve["name"] for curve in panel["curves"]] == ["ice", "<b>sun"]


def test_names_on_the_x_axis_are_numbered_and_told(tmp_path):
    with tables(tmp_path, a="city,rain\nOslo,800\nRome,870\n"):
        view = json.loads(plot_data("a.csv", ["rain"], "bar", x="city").artifacts[0].data)

    assert view["panels"][0]["curves"][0]["x"] == [1.0, 2.0] and view["notes"] == ["1 = Oslo, 2 = Rome"]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ("date,co2\n1,2\n2,3\n", {"y": ["co3"]}, "NO_COLUMN", "Columns: date, co2."),
        ("date,co2\n1,x\n2,3\n", {"y": ["co2"]}, "NOT_NUMERIC", "Row 1 of column 'co2' is 'x'"),
        ("date,co2\n", {"y": ["co2"]}, "EMPTY", "no rows"),
        ("", {"y": ["co2"]}, "EMPTY", "no rows"),
        ("a,b\n1,\n2,\n", {"y": ["b"]}, "EMPTY", "no values"),
        ("a,b\n1,2\n2\n", {"y": ["b"]}, "NOT_A_TABLE", "Line 3 of a.csv has 1 cells; the first has 2."),
        ("a,b\n1,0\n2,3\n", {"y": ["b"], "log_y": True}, "DOMAIN", "0 or below"),
        ("\x00\x01", {"y": ["0"]}, "NOT_A_TABLE", "binary"),
        ("a\n" + "1\n" * 201, {"y": ["a"], "kind": "bar"}, "TOO_MANY", "201 rows"),
    ],
)
def test_a_table_that_cannot_be_drawn_says_why(tmp_path, text, arguments, code, words):
    with tables(tmp_path, a=text), pytest.raises(ToolError) as refusal:
        plot_data("a.csv", **arguments)

    assert refusal.value.code == code and words in refusal.value.text


def test_a_file_that_is_not_attached_is_refused_by_name(tmp_path):
    with tables(tmp_path, a="x\n1\n"), pytest.raises(ToolError, match="The attached files are: a.csv."):
        plot_data("b.csv", ["x"])


@needs_shared
def test_the_sunspots_are_drawn():
    with shared_files():
        result = plot_data("sunspots.csv", ["SUNACTIVITY"], x="YEAR")

    assert "309 values from 0 to 190.2" in result.summary
