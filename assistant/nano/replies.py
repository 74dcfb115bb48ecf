"""What nano thinks and answers in its training conversations. Every number of an answer is cut out of a tool result."""

import random
import re

WANTS = {
    "draw": "a 2D drawing",
    "3d": "a 3D model",
    "both": "a 2D drawing and a 3D model",
    "calculate": "the value of an expression",
}
SOURCES = {
    "smiles": "The molecule is given as SMILES, so I copy it exactly.",
    "two": "Two molecules are given as SMILES, so I copy both exactly.",
    "name": "The compound is given by name, so I look it up first.",
    "history": "It is the molecule from before, so I copy its SMILES exactly.",
    "expression": "The numbers are given, so I copy them exactly.",
}
NO_TOOL = {
    "identity": "The question is about me.",
    "greeting": "This is a greeting.",
    "thanks": "This is a word of thanks or goodbye.",
    "missing": "No molecule, name or expression is given.",
    "off_topic": "This is outside what my tools can do.",
}


def reasoning(language: str, wanted: str, source: str, tool: str) -> str:
    """wanted: a key of WANTS, or in words what is asked for."""
    return f"The user writes in {language} and wants {WANTS.get(wanted, wanted)}. {SOURCES[source]} I call {tool}."


def then(tool: str) -> str:
    return f"The table gives the SMILES. Now I call {tool} with it."


def closing(language: str, failed: bool) -> str:
    return (
        f"The tool refused. I say why in {language}."
        if failed
        else f"The tool answered. I report its result in {language}."
    )


def no_tool(language: str, kind: str) -> str:
    return f"The user writes in {language}. {NO_TOOL[kind]} No tool is needed, so I answer briefly."


class Answer:
    """Makes the answer out of tool results, the last one last."""

    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        raise AssertionError("an answer has its own words")


class Draw(Answer):
    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        formula, atoms = _found(r"Formula: (\S+?)\. Size: (\d+) heavy", results[-1])
        if language == "zh":
            return f"这是二维结构图，分子式 {formula}，重原子数 {atoms}。"
        return f"Here is the 2D structure. Its formula is {formula}, with {_atoms(atoms, 'heavy atom')}."


class In3D(Answer):
    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        method, formula, atoms = _found(r"ETKDGv3 and (.+?)\. Formula: (\S+?)\. Atoms: (\d+)", results[-1])
        energy = re.search(r"Energy: (\S+) kcal/mol", results[-1])
        if language == "zh":
            tail = f"，能量 {energy.group(1)} kcal/mol" if energy else ""
            return f"这是可旋转的三维模型，分子式 {formula}，共 {atoms} 个原子{tail}（ETKDGv3 和 {method}）。"
        tail = f" Its energy is {energy.group(1)} kcal/mol." if energy else ""
        return f"Here is the 3D model of {formula} with {_atoms(atoms, 'atom')}, built with ETKDGv3 and {method}.{tail}"


class Both(Answer):
    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        (formula,) = _found(r"Formula: (\S+?)\. Size", results[0])
        if results[-2].startswith("Error"):
            return Failure().say(results[-2:-1], language, rng)
        return (
            f"这是 {formula} 的二维结构图和三维模型。"
            if language == "zh"
            else f"Here are the 2D structure and the 3D model of {formula}."
        )


ZH_FACTS = {
    "formula": "分子式",
    "molecular weight": "分子量",
    "exact mass": "精确质量",
    "logP": "logP",
    "TPSA": "极性表面积",
    "H-bond donors": "氢键供体数",
    "H-bond acceptors": "氢键受体数",
    "rotatable bonds": "可旋转键数",
    "rings": "环数",
    "QED": "QED",
    "Lipinski violations": "Lipinski 违规数",
}
KEYS = dict(
    zip(
        (
            "formula",
            "molecular_weight",
            "exact_mass",
            "logp",
            "tpsa",
            "hbd",
            "hba",
            "rotatable_bonds",
            "rings",
            "qed",
            "lipinski",
        ),
        ZH_FACTS,
        strict=True,
    )
)


def wanted_property(key: str) -> str:
    return "all properties" if key == "all" else f"the {_spoken(KEYS[key])}"


def wanted_fact(key: str) -> str:
    return "facts about a compound" if key == "all" else f"the {FACT_LABELS[key]} of a compound"


FACT_LABELS = {
    "smiles": "SMILES",
    "formula": "formula",
    "cas": "CAS",
    "melting": "melting point",
    "boiling": "boiling point",
    "inchikey": "InChIKey",
}


class Properties(Answer):
    """One property of one or more molecules, or (key "all") everything about one."""

    def __init__(self, key: str) -> None:
        self._key = key

    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        rows = [_facts(line) for line in results[-1].splitlines() if not line.startswith("Note")]
        if self._key == "all":
            return self._everything(rows[0], language)
        label = KEYS[self._key]
        values = [row[label] for row in rows]
        if language == "zh":
            if len(values) == 1:
                return f"{ZH_FACTS[label]}为 {values[0]}。"
            return f"第一个分子的{ZH_FACTS[label]}为 {values[0]}，第二个分子为 {values[1]}。"
        if len(values) == 1:
            return f"The {_spoken(label)} is {values[0]}."
        return f"The {_spoken(label)} is {values[0]} for the first molecule and {values[1]} for the second."

    def _everything(self, row: dict[str, str], language: str) -> str:
        labels = (
            "formula",
            "molecular weight",
            "logP",
            "TPSA",
            "H-bond donors",
            "H-bond acceptors",
            "rotatable bonds",
            "QED",
            "Lipinski violations",
        )
        if language == "zh":
            return "性质如下：" + "，".join(f"{ZH_FACTS[label]} {row[label]}" for label in labels) + "。"
        return "Its properties: " + ", ".join(f"{label} {row[label]}" for label in labels) + "."


class Lookup(Answer):
    def __init__(self, wanted: str) -> None:
        self._wanted = wanted

    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        label = FACT_LABELS.get(self._wanted)
        name, facts = results[-1].split(". SMILES: ", 1)
        row = dict(fact.split(": ", 1) for fact in ("SMILES: " + facts).split("; "))
        if label is None:
            return self._everything(name, row, language)
        spoken = {"formula": "分子式", "CAS": "CAS 号", "melting point": "熔点", "boiling point": "沸点"}.get(
            label, label
        )
        if label not in row:
            return (
                f"离线表中没有 {name} 的{spoken}。"
                if language == "zh"
                else f"The offline table gives no {label} for {name}."
            )
        value = row[label]
        if language == "zh":
            return f"{name} 的{spoken}为 {value}。"
        return f"The {'CAS number' if label == 'CAS' else label} of {name} is {value}."

    def _everything(self, name: str, row: dict[str, str], language: str) -> str:
        if language == "zh":
            return f"{name}：分子式 {row['formula']}，CAS 号 {row['CAS']}，SMILES 为 {row['SMILES']}。"
        return f"{name}: formula {row['formula']}, CAS number {row['CAS']}, SMILES {row['SMILES']}."


class Result(Answer):
    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        value = results[-1].rsplit(" = ", 1)[1]
        return f"结果是 {value}。" if language == "zh" else f"The result is {value}."


class Failure(Answer):
    """Passes on why a tool refused, in one sentence."""

    def say(self, results: list[str], language: str, rng: random.Random) -> str:
        code, message = _found(r"Error (\w+): (.+)", results[-1])
        if code == "INVALID_SMILES":
            (reason,) = _found(r"is not a valid SMILES: (.+)\. Check it", message)
            return (
                f"这个 SMILES 无效（{reason}），请检查后重试。"
                if language == "zh"
                else f"This SMILES is not valid ({reason}); please check it and try again."
            )
        if code == "COMPOUND_NOT_FOUND":
            return (
                "离线表中没有这个名称，请换一个名称、CAS 号或 SMILES。"
                if language == "zh"
                else "The offline table has no compound of that name; please give another name, a CAS number or a "
                "SMILES."
            )
        if code == "DOMAIN":
            return (
                "这个算式没有实数结果，请检查后重试。"
                if language == "zh"
                else "This expression has no real value; please check it and try again."
            )
        return (
            "工具拒绝了这次调用，请检查输入后重试。"
            if language == "zh"
            else "The tool could not do this; please check the input and try again."
        )


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    assert match, (pattern, text)
    return match.groups()


def _facts(row: str) -> dict[str, str]:
    """'Molecule 1: formula C2H6O; logP 0.10 (Crippen model)' -> {'formula': 'C2H6O', 'logP': '0.10'}"""
    facts = {}
    for fact in re.sub(r"^Molecule \d+: ", "", row).split("; "):
        label = next(label for label in ZH_FACTS if fact.startswith(label))
        facts[label] = fact.removeprefix(label).strip().replace(" (Crippen model)", "")
    return facts


def _spoken(label: str) -> str:
    counts = ("H-bond donors", "H-bond acceptors", "rotatable bonds", "rings", "Lipinski violations")
    return f"number of {label}" if label in counts else label


def _atoms(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"
