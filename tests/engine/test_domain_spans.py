import pytest

from engine.domain_spans import split_domain_spans


def spans(text: str) -> list[str]:
    return [piece for piece, is_span in split_domain_spans(text) if is_span]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Draw CC(=O)O.", ["CC(=O)O"], id="full-stop-is-not-part-of-it"),
        pytest.param("Draw (CCO), please", ["CCO"], id="brackets-of-the-sentence"),
        pytest.param('{"smiles": "CC(=O)O"}', ["CC(=O)O"], id="inside-json"),
        pytest.param("画出CC(=O)O的结构", ["CC(=O)O"], id="no-spaces-in-chinese"),
        pytest.param("[Na+].[Cl-]", ["[Na+].[Cl-]"], id="salt-is-one-span"),
        pytest.param("N[C@@H](C)C(=O)O or CCBr?", ["N[C@@H](C)C(=O)O", "CCBr"], id="two-molecules"),
        pytest.param("F/C=C\\F", ["F/C=C\\F"], id="double-bond-geometry"),
        pytest.param("12.5*(3+4) = ?", ["12.5*(3+4)"], id="arithmetic"),
        pytest.param("CAS 50-78-2", ["50-78-2"], id="registry-number"),
        pytest.param("I can read and write, no problem.", [], id="plain-english"),
        pytest.param("Is it so? Yes!", [], id="words-made-of-atom-letters"),
        pytest.param("", [], id="empty"),
    ],
)
def test_finds_molecules_and_sums_in_running_text(text, expected):
    assert spans(text) == expected


def test_the_pieces_join_up_to_the_text():
    text = 'Vergleiche (c1ccccc1) mit "C1CCCCC1", 2*(3+4) und [NH4+].[Cl-]!'

    pieces = split_domain_spans(text)

    assert "".join(piece for piece, _ in pieces) == text
