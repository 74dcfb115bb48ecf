"""The cards of an empty chat: one question for each kind of thing that a model reads, most with a small file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.ui.strings import Words

FOLDER = Path(__file__).parent.parent.parent / "assets/examples"


@dataclass(frozen=True, slots=True)
class ExampleCard:
    """kind: names its mark and its label. file: in FOLDER, or "". needs: kinds of media, and tools, without which it
    is not shown."""

    kind: str
    english: str
    chinese: str
    file: str = ""
    needs: tuple[str, ...] = ()


# The page shows the first six that the loaded model is able to answer.
CARDS = (
    ExampleCard("text", "Calculate 8.314*298.15/1000", "计算 8.314*298.15/1000"),
    ExampleCard(
        "image",
        "Which lanes of this gel hold two bands?",
        "这张凝胶图中哪些泳道有两条带？",
        file="gel.png",
        needs=("image",),
    ),
    ExampleCard(
        "video",
        "How long does this pendulum take for one swing?",
        "这个摆摆动一次需要多长时间？",
        file="pendulum.mp4",
        needs=("video",),
    ),
    ExampleCard(
        "molecule",
        "Draw caffeine, CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "画出咖啡因的结构：CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        needs=("render_molecule",),
    ),
    ExampleCard(
        "protein",
        "What are the mass and the isoelectric point of this protein?",
        "这个蛋白质的分子量和等电点是多少？",
        file="ubiquitin.fasta",
        needs=("protein_properties",),
    ),
    ExampleCard(
        "signal",
        "When do the P and S waves arrive?",
        "P 波和 S 波分别在什么时候到达？",
        file="earthquake.csv",
        needs=("signal",),
    ),
    ExampleCard(
        "structure",
        "Show ibuprofen in 3D: CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "用三维显示布洛芬：CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        needs=("molecule_3d",),
    ),
    ExampleCard(
        "compound",
        "Look up aspirin and tell me its molecular weight.",
        "查一下阿司匹林，它的分子量是多少？",
        needs=("lookup_compound",),
    ),
)


def welcome(words: Words) -> dict[str, Any]:
    return {
        "title": words("welcome"),
        "tagline": words("tagline"),
        "label": words("example_cards"),
        "cards": [
            {
                "kind": card.kind,
                "label": words(f"example_{card.kind}"),
                "text": card.chinese if words.language == "zh" else card.english,
                "file": card.file,
                "needs": list(card.needs),
            }
            for card in CARDS
        ],
    }
