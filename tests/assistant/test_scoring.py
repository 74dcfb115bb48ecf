from assistant.scoring import Call, Transcript, judge, ungrounded_numbers

DRAW_ETHANOL = Call("render_molecule", {"smiles": "CCO"})


def transcript(*calls: Call, answer: str = "Done.", results: tuple[str, ...] = ()) -> Transcript:
    return Transcript(calls, results, answer)


def test_the_expected_call_is_exact():
    verdict = judge("Draw CCO", [DRAW_ETHANOL], transcript(DRAW_ETHANOL))

    assert (verdict.right_tool, verdict.exact, verdict.grounded) == (True, True, True)


def test_another_tool_is_neither_right_nor_exact():
    verdict = judge("Draw CCO", [DRAW_ETHANOL], transcript(Call("molecule_3d", {"smiles": "CCO"})))

    assert (verdict.right_tool, verdict.exact) == (False, False)
    assert "molecule_3d" in verdict.note


def test_a_call_too_many_is_not_right():
    verdict = judge("Draw CCO", [DRAW_ETHANOL], transcript(DRAW_ETHANOL, DRAW_ETHANOL))

    assert not verdict.right_tool


def test_another_smiles_of_the_molecule_counts_only_when_copied_from_the_question():
    rewritten = Call("render_molecule", {"smiles": "OCC"})

    invented = judge("Draw CCO", [DRAW_ETHANOL], transcript(rewritten))
    copied = judge("Draw OCC, that is ethanol", [DRAW_ETHANOL], transcript(rewritten))

    assert (invented.right_tool, invented.exact) == (True, False)
    assert copied.exact


def test_lists_of_molecules_are_compared_in_order():
    expected = [Call("molecular_properties", {"smiles_list": ["CCO", "CCN"]})]

    swapped = judge("CCO, CCN", expected, transcript(Call("molecular_properties", {"smiles_list": ["CCN", "CCO"]})))
    short = judge("CCO, CCN", expected, transcript(Call("molecular_properties", {"smiles_list": ["CCO"]})))

    assert not swapped.exact
    assert not short.exact


def test_an_expression_may_be_written_in_another_way_if_its_value_is_the_same():
    expected = [Call("calculate", {"expression": "2**3"})]

    same = judge("", expected, transcript(Call("calculate", {"expression": "2^3"})))
    other = judge("", expected, transcript(Call("calculate", {"expression": "2*3"})))
    broken = judge("", expected, transcript(Call("calculate", {"expression": "2**"})))

    assert same.exact
    assert not other.exact
    assert not broken.exact


def test_no_call_is_right_when_none_is_expected():
    verdict = judge("Hello", [], transcript(answer="Hello!"))

    assert (verdict.right_tool, verdict.exact, verdict.grounded) == (True, True, True)


def test_numbers_must_come_from_the_question_or_a_result():
    results = ("formula C2H6O; molecular weight 46.07 g/mol",)

    assert ungrounded_numbers("The weight of C2H6O is 46.07 g/mol.", "Weight of CCO?", results) == []
    assert ungrounded_numbers("It is 46.1 g/mol, boils at 78 C.", "Weight of CCO?", results) == ["46.1", "78"]
    assert ungrounded_numbers("You asked for 3 molecules.", "Give me 3", ()) == []


def test_a_failed_turn_is_not_grounded():
    verdict = judge("Hello", [], Transcript((), (), "", "The model stopped."))

    assert not verdict.grounded
    assert "The model stopped." in verdict.note
