import pytest

from assistant.checked_answer import check_numbers

TOOL = "molecular weight 180.16 g/mol; logP 1.31 (Crippen model); exact mass 180.0423 Da; H-bond donors 1"


@pytest.mark.parametrize(
    ("answer", "grounded"),
    [
        ("It weighs 180.16 g/mol.", ["180.16"]),
        ("It weighs about 180.2 g/mol and 180 Da.", ["180.2", "180"]),
        ("The logP is **1.31**, the mass 180.0423 Da", ["1.31", "180.0423"]),
        ("logP = 1.31.", ["1.31"]),
        ("分子量为180.16。", ["180.16"]),
    ],
)
def test_numbers_of_a_tool_are_grounded_also_when_rounded(answer, grounded):
    check = check_numbers(answer, [TOOL])

    assert list(check.grounded) == grounded and not check.unknown


def test_a_number_from_nowhere_is_told():
    check = check_numbers("It weighs 180.16 g/mol and melts at 135 °C.", [TOOL])

    assert check.unknown == ("135",) and check.grounded == ("180.16",)


def test_the_question_is_a_source():
    assert check_numbers("For 298.15 K.", ["At 298.15 K?"]).grounded == ("298.15",)


@pytest.mark.parametrize(
    ("answer", "sources", "how"),
    [
        ("The change is 29.98 Da.", ["from 15867.20 to 15837.22 Da"], "15867.2 - 15837.2"),
        ("Together 360.32 g/mol.", ["180.16 g/mol twice, and 180.16; 180.16 and 2"], "180.16 × 2"),
        ("That is 2.331 keV.", ["2331 eV"], "2331 × 0.001"),
        ("The identity is 43.54 %.", ["64 of 147 columns"], "100 × 64 / 147"),
    ],
)
def test_a_small_calculation_is_recognised(answer, sources, how):
    check = check_numbers(answer, sources)

    assert check.recomputed[0][1] == how and not check.unknown


@pytest.mark.parametrize(
    "answer",
    [
        "C6H6, sp3 and p53 are names.",
        "1. First\n2. Second",
        "There are 3 of them, on 2 sides.",
        "`CC(=O)Oc1ccccc1C(=O)O` and `12345`",
        "",
    ],
)
def test_names_lists_small_counts_and_code_are_not_judged(answer):
    assert not check_numbers(answer, [])


def test_percent_and_powers_of_ten_are_numbers():
    sources = ["p = 0.0435; K = 3.2e-5; N = 6022140"]

    check = check_numbers("p is 4.35 %, K is 3.2 × 10^-5 and N 6,022,140.", sources)

    assert check.grounded == ("4.35", "3.2 × 10^-5", "6,022,140")


def test_a_long_answer_takes_no_time():
    words = " ".join(f"{i}.{i:03}" for i in range(300))

    check = check_numbers(words, [" ".join(str(i * 7.7) for i in range(2_000))])

    assert len(check.grounded) + len(check.recomputed) + len(check.unknown) > 200
