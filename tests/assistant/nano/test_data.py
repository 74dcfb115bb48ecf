"""The conversations nano learns from: true to the tools, and apart from the questions it is tested with."""

import json
import random
import re

import pytest

from assistant.evaluate import CASES
from assistant.nano import held_out, phrases_en, phrases_other, phrases_zh
from assistant.nano.dialogues import DialogueMaker, run_tool
from assistant.nano.molecules import Compound, MoleculeSampler, identity, is_held_out
from assistant.nano.phrasing import say
from assistant.scoring import ungrounded_numbers

SMALL = [Compound(smiles, name) for smiles, name in (("CCO", "ethanol"), ("CC(=O)O", "acetic acid"), ("CCN", ""))] + [
    Compound("CC(=O)Oc1ccccc1C(=O)O", "aspirin"),
    Compound("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "caffeine"),
    Compound("O=C1CCCN1CC#CCN1CCCC1CC(C)CCCC(C)CCCC(C)C", ""),
    Compound("CC(C)CCCC(C)C1CCC2C1(CCC3C2CC=C4C3(CCC(C4)O)C)C.CC(C)CCCC(C)CCCCCC(C)CCCC", ""),
    Compound("C" * 90, ""),
]


@pytest.fixture(scope="module")
def maker() -> DialogueMaker:
    rng = random.Random(3)
    return DialogueMaker(MoleculeSampler(SMALL, rng), rng)


def test_every_call_of_a_conversation_has_the_result_its_tool_gives(maker):
    for _ in range(60):
        dialogue = maker.make()

        calls = [call for message in dialogue.turn for call in message.tool_calls]
        results = [message.content for message in dialogue.turn if message.role == "tool"]
        assert [run_tool(call) for call in calls] == results


def test_no_answer_states_a_number_that_no_tool_gave(maker):
    for _ in range(150):
        dialogue = maker.make()

        results = tuple(message.content for message in dialogue.turn if message.role == "tool")
        question, answer = dialogue.turn[0].content, dialogue.turn[-1].content
        assert ungrounded_numbers(answer, question, results) == []


def test_a_molecule_in_a_call_is_copied_from_what_was_said_before(maker):
    for _ in range(80):
        dialogue = maker.make()

        said = " ".join(message.content for message in (*dialogue.history, *dialogue.turn))
        for message in dialogue.turn:
            for call in message.tool_calls:
                for smiles in [call.arguments.get("smiles"), *call.arguments.get("smiles_list", ())]:
                    assert smiles is None or smiles in said


def test_the_same_seed_makes_the_same_conversations():
    def first(seed: int) -> list:
        rng = random.Random(seed)
        maker = DialogueMaker(MoleculeSampler(SMALL, rng), rng)
        return [maker.make() for _ in range(5)]

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_no_test_phrasing_is_a_training_phrasing():
    trained = " ".join(str(vars(module)) for module in (phrases_en, phrases_zh)).lower()
    trained_talk = {phrase.lower() for group in phrases_other.SINGLE.values() for phrase in group}

    for group in (held_out.DRAW, held_out.IN_3D, held_out.COMPARE, held_out.LOOKUP):
        for template in (*group["en"], *group["zh"]):
            assert template.lower() not in trained
    for template in (*held_out.NO_TOOL["en"], *held_out.NO_TOOL["zh"]):
        assert template.lower() not in trained_talk


def test_the_same_molecule_written_in_another_way_is_on_the_same_side():
    assert identity("OCC") == identity("CCO")
    assert identity("C[C@H](N)C(=O)O") == identity("C[C@@H](N)C(=O)O") == identity("CC(N)C(O)=O")
    assert identity("C1=CC=CC=C1") == identity("c1ccccc1")


def test_the_split_holds_back_a_small_share():
    held_back = [is_held_out(identity("C" * n + "O" * m)) for n in range(1, 41) for m in range(1, 26)]

    assert 0.02 < sum(held_back) / len(held_back) < 0.06


@pytest.mark.slow
def test_shipped_test_questions_are_what_the_generator_makes():
    shipped = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]

    made = list(held_out.cases())

    assert [{k: v for k, v in case.items() if k != "id"} for case in shipped] == made


def test_a_template_never_mistakes_a_molecule_for_a_choice():
    text = say("[Draw|Render] {s}[|.]", random.Random(0), s="[Na+].[Cl-]|x")

    assert re.fullmatch(r"(Draw|Render) \[Na\+\]\.\[Cl-\]\|x\.?", text)
