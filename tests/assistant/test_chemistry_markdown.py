import pytest

from assistant.ui.chemistry_markdown import chemistry_safe


@pytest.mark.parametrize(
    "smiles",
    [
        pytest.param("C1=CC=C(C=C1)[N+](=O)[O-]", id="nitro-group-that-reads-as-a-link"),
        pytest.param("C[C@@H](N)C(=O)O", id="chiral-centre-that-reads-as-a-link"),
        pytest.param("[Na+].[Cl-]", id="salt"),
        pytest.param("[Na+]", id="ion"),
        pytest.param("CCCCCCCCCCCCCCCC(=O)O", id="long-chain-that-reads-as-a-protein"),
        pytest.param("CC(=O)[O-].[Na+]", id="salt-with-an-anion"),
        pytest.param("F/C=C\\F", id="double-bond-geometry"),
        pytest.param("c1ccccc1", id="ring"),
        pytest.param("C#N", id="triple-bond"),
        pytest.param("[13CH4].[2H]O[2H]", id="isotopes"),
        pytest.param("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", id="glucose"),
        pytest.param("C%10CCCCC%10", id="two-digit-ring-bond"),
        pytest.param("Clc1ccc(Br)cc1", id="two-letter-elements"),
        pytest.param("[NH4+].[NH4+].[O-]S(=O)(=O)[O-]", id="charges-with-hydrogens"),
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("The SMILES is ", "."),
        ("aspirin (", ") here"),
        ("它的SMILES是", "，请看。"),
        ("**", "**"),
        ("SMILES: ", "\n"),
    ],
)
def test_a_molecule_becomes_code_and_nothing_else_changes(smiles, before, after):
    assert chemistry_safe(before + smiles + after) == f"{before}`{smiles}`{after}"


@pytest.mark.parametrize(
    "text",
    [
        "Aspirin has the formula C9H8O4 and a molar mass of 180.16 g/mol.",
        "CO2, H2O, NaCl and N2 are small.",
        "The IC50 is 3.2 and n=10 (I think).",
        "I/O, N/A, C#, PCC and (S)-ibuprofen or N-acetylcysteine",
        "**bold** and *italic*, a * b, [1] and [see here](https://example.org)",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "你好，这是一个测试。",
        "",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert chemistry_safe(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "`C[C@@H](N)C(=O)O`",
        "``a`<b``",
        "```\nCC(=O)O <b>\n```\n",
        "```python\nif a<b:",
        "$$a<b$$",
        r"\(x_1 < x_2\)",
        r"\[E = h\nu < 3\]",
    ],
)
def test_code_and_formulas_are_left_alone(text):
    assert chemistry_safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<b CC(=O)O", "a&lt;b `CC(=O)O`"),
        ("p<0.05", "p&lt;0.05"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>"),
        ("![plot](https://example.org/a.png)", "!\\[plot](https://example.org/a.png)"),
        ("![p](https://example.org/a.png)", "!`[p]`(https://example.org/a.png)"),  # phosphorus; no tick is escaped
        ("<script>1</script>", "&lt;script>1&lt;/script>"),
        ("<SMILES>CCO</SMILES> and <PROT>MKV</PROT>", "`CCO` and `MKV`"),
        ("MQIFVKTLTGKTITLEVEPS folds", "`MQIFVKTLTGKTITLEVEPS` folds"),
        ("2*3*4 = 24, (1+2)*(3)", "2\\*3\\*4 = 24, (1+2)\\*(3)"),
        ("[Na+](aq)", "`[Na+]`(aq)"),
        ("ATTENTION", "ATTENTION"),
    ],
)
def test_tags_are_text_and_tagged_spans_and_sequences_are_code(text, shown):
    assert chemistry_safe(text) == shown


def test_a_molecule_that_is_still_being_written_is_code_already():
    assert chemistry_safe("It is C1=CC=C(C=C1)[N+](=O") == "It is `C1=CC=C(C=C1)[N+](=O`"


def test_a_long_word_takes_no_longer_than_its_length():
    word = "C(" * 50_000

    assert chemistry_safe(word + " end") == word + " end"
