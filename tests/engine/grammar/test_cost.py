import re
import sys

from engine.grammar import cost
from tests.golden import GOLDEN, needs_golden


@needs_golden
def test_the_cost_of_forms_is_told_beside_that_of_a_step(monkeypatch, capsys):
    monkeypatch.setattr(cost, "NUM_TOKENS", 4)
    monkeypatch.setattr(sys, "argv", ["cost", str(GOLDEN / "pro-tiny/checkpoint")])

    cost.main()

    assert re.fullmatch(
        r"a decode step of 8 answers: \d+\.\d ms; \d+\.\d\d ms of it for their form, \d+\.\d%\n",
        capsys.readouterr().out,
    )
