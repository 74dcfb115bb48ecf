import pytest

from assistant.tools.mathematics.calculate import calculate
from assistant.tools.result import ToolError


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2+3*4", "14"),
        ("(2+3)*4", "20"),
        ("2^10", "1024"),
        ("2**0.5", "1.41421"),
        ("-2**2", "-4"),
        ("+3", "3"),
        ("10/4", "2.5"),
        ("1/3", "0.333333"),
        ("17%5", "2"),
        ("0.1+0.2", "0.3"),
        ("8.314*298.15/1000", "2.47882"),
        ("sqrt(16)", "4"),
        ("ln(e)", "1"),
        ("log(e)", "1"),
        ("log(8, 2)", "3"),
        ("log10(0.001)", "-3"),
        ("sin(pi/6)", "0.5"),
        ("degrees(pi)", "180"),
        ("factorial(5)", "120"),
        ("round(2.567, 2)", "2.57"),
        ("round(-0.4)", "0"),
        ("abs(-7)", "7"),
        ("N_A", "6.02214e+23"),
        ("R*273.15", "2271.1"),
        ("999999999999999", "999999999999999"),
        ("10**15", "1e+15"),
        ("3×4÷2−1", "5"),
        ("（1+2）·3", "9"),
    ],
)
def test_arithmetic(expression, value):
    assert calculate(expression).text == f"{expression} = {value}"


def refusal(expression: str) -> str:
    with pytest.raises(ToolError) as error:
        calculate(expression)
    return error.value.text


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (" ", "Error EMPTY: The expression is empty. Give one, for example 2*(3+4)."),
        ("1" * 501, "Error TOO_LONG: The expression is 501 characters long; the limit is 500."),
        ("2+", "Error SYNTAX: '2+' is not an arithmetic expression. Example: 2*(3+4)."),
        ("(" * 250 + ")" * 250, f"Error SYNTAX: '{'(' * 60}' is not an arithmetic expression. Example: 2*(3+4)."),
        ("1/0", "Error DOMAIN: '1/0' divides by zero."),
        ("5 % 0", "Error DOMAIN: '5 % 0' divides by zero."),
        ("0**-1", "Error DOMAIN: '0**-1' divides by zero."),
        ("sqrt(-1)", "Error DOMAIN: 'sqrt(-1)' has no real value: math domain error."),
        (
            "(-8)**(1/3)",
            "Error DOMAIN: '(-8)**(1/3)' has no real value: a negative number has no real root of that order.",
        ),
        (
            "sqrt(1, 2)",
            "Error DOMAIN: 'sqrt(1, 2)' has no real value: math.sqrt() takes exactly one argument (2 given).",
        ),
        ("factorial(2.5)", "Error DOMAIN: factorial takes whole numbers from 0 to 150, got 2.5."),
        ("factorial(151)", "Error DOMAIN: factorial takes whole numbers from 0 to 150, got 151."),
        ("round(1, -10**9)", "Error DOMAIN: round takes 0 to 15 digits, got -1e+09."),
        ("round(1, 0.5)", "Error DOMAIN: round takes 0 to 15 digits, got 0.5."),
        ("2**1001", "Error TOO_LARGE: The exponent 1001 is beyond 1,000."),
        ("9**999", "Error TOO_LARGE: A value has more than 300 digits."),
        ("10**299*10", "Error TOO_LARGE: A value has more than 300 digits."),
        ("1e400", "Error TOO_LARGE: A value has more than 300 digits."),
        ("exp(1000)", "Error TOO_LARGE: 'exp(1000)' is too large to evaluate."),
    ],
)
def test_what_has_no_value_is_refused_with_the_reason(expression, sentence):
    assert refusal(expression) == sentence


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('ls')",
        "open('/etc/passwd')",
        "(1).__class__",
        "[1, 2]",
        "'text'",
        "x = 1",
        "lambda: 1",
        "1 if 1 else 2",
        "1 < 2",
        "True",
        "1j",
        "7 // 2",
        "sqrt(x=4)",
        "sin",
        "molar_mass",
        "pi()",
        "f(1)",
        "round()",
    ],
)
def test_nothing_but_arithmetic_is_evaluated(expression):
    assert refusal(expression).startswith(("Error NOT_ALLOWED: ", "Error SYNTAX: "))


def test_a_name_that_is_not_allowed_is_answered_with_those_that_are():
    assert refusal("molar_mass + 1") == (
        "Error NOT_ALLOWED: 'molar_mass' is not allowed. Allowed names: sqrt, cbrt, exp, log10, log2, sin, cos, tan, "
        "asin, acos, atan, degrees, radians, sinh, cosh, tanh, floor, ceil, hypot, ln, log, abs, min, max, round, "
        "factorial, pi, e, R, N_A, k_B, h, c, F, q_e, hbar, m_e, m_p, u, eps_0, mu_0, sigma_SB, G, a_0, g, atm."
    )
