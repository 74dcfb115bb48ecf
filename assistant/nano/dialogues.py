"""Training conversations for nano: a question, the right calls with exact arguments, an answer made of the results.

Tools are really run, so every number in an answer comes from a tool. Everything is seeded.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.nano import arithmetic, phrases_en, phrases_other, phrases_zh, replies
from assistant.nano.molecules import MoleculeSampler
from assistant.nano.phrasing import roughen, say
from assistant.tools.chemistry.compound_table import chinese_names
from assistant.tools.nano.catalogue import TOOLS
from assistant.tools.result import ToolError
from engine.messages import Message, ToolCall

RUN = {tool.name: tool.run for tool in TOOLS}
PHRASES = {"en": phrases_en, "zh": phrases_zh}
LANGUAGE = {"en": "English", "zh": "Chinese"}
CHINESE_SHARE = 0.42
NAMED_SHARE = 0.45  # of requests by name, those in words that only fit a name
MAX_3D_LENGTH = 60  # longer molecules take seconds to embed


@dataclass(frozen=True, slots=True)
class Dialogue:
    """history: earlier turns, not learned. turn: the user's message and everything the assistant does about it."""

    history: tuple[Message, ...]
    turn: tuple[Message, ...]
    enable_thinking: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What an assistant turn thinks and calls; calls of one step run side by side."""

    reasoning: str
    calls: tuple[ToolCall, ...]


class DialogueMaker:
    def __init__(self, molecules: MoleculeSampler, rng: random.Random) -> None:
        self._molecules = molecules
        self._rng = rng
        self._kinds: list[tuple[float, Callable[[str], list[Message]]]] = [
            (0.10, self._draw),
            (0.08, self._in_3d),
            (0.03, self._both),
            (0.20, self._property),
            (0.10, self._compare),
            (0.03, self._all_properties),
            (0.09, self._lookup),
            (0.10, self._by_name),
            (0.10, self._calculate),
            (0.03, self._invalid),
            (0.30, self._no_tool),
        ]

    def make(self) -> Dialogue:
        language = "zh" if self._rng.random() < CHINESE_SHARE else "en"
        kinds = [kind for _, kind in self._kinds]
        weights = [weight for weight, _ in self._kinds]
        turn = self._rng.choices(kinds, weights)[0](language)
        history: list[Message] = []
        if self._rng.random() < 0.22:
            history = turn
            turn = self._follow_up(history, language)
        turn = [self._in_context(turn[0], language), *turn[1:]]
        return Dialogue(tuple(history), tuple(turn), enable_thinking=self._rng.random() < 0.9)

    # one method a kind of question; each returns the turn, the user's message first

    def _draw(self, language: str) -> list[Message]:
        smiles = self._molecules.smiles()
        return self._one_call(
            language, self._ask(language, "DRAW", s=smiles), "draw", _call("render_molecule", smiles=smiles)
        )

    def _in_3d(self, language: str) -> list[Message]:
        smiles = self._short_smiles()
        return self._one_call(
            language, self._ask(language, "IN_3D", s=smiles), "3d", _call("molecule_3d", smiles=smiles)
        )

    def _both(self, language: str) -> list[Message]:
        smiles = self._short_smiles()
        calls = (_call("render_molecule", smiles=smiles), _call("molecule_3d", smiles=smiles))
        reasoning = replies.reasoning(LANGUAGE[language], "both", "smiles", "render_molecule and molecule_3d")
        return self._turn(language, self._ask(language, "BOTH", s=smiles), [Step(reasoning, calls)], replies.Both())

    def _property(self, language: str) -> list[Message]:
        smiles = self._molecules.smiles()
        key = self._rng.choice(list(PHRASES[language].PROPERTIES))
        questions = PHRASES[language].PROPERTY_QUESTIONS.get(key, ())
        if questions and self._rng.random() < 0.3:
            question = self._roughened(say(self._rng.choice(questions), self._rng, s=smiles), smiles)
        else:
            question = self._ask(language, "PROPERTY", s=smiles, p=self._spoken(language, key))
        return self._properties_turn(language, question, [smiles], key)

    def _compare(self, language: str) -> list[Message]:
        first, second = self._short_smiles(), self._short_smiles()
        key = self._rng.choice(["molecular_weight", "logp", "tpsa", "qed", "hbd", "hba", "rotatable_bonds", "rings"])
        question = self._ask(language, "COMPARE", s=first, t=second, p=self._spoken(language, key))
        return self._properties_turn(language, question, [first, second], key, source="two")

    def _all_properties(self, language: str) -> list[Message]:
        smiles = self._molecules.smiles()
        return self._properties_turn(language, self._ask(language, "ALL_PROPERTIES", s=smiles), [smiles], "all")

    def _lookup(self, language: str) -> list[Message]:
        name = self._name(language)
        wanted = self._rng.choice(list(PHRASES[language].LOOKUP))
        question = self._roughened(say(self._rng.choice(PHRASES[language].LOOKUP[wanted]), self._rng, n=name), name)
        reasoning = replies.reasoning(LANGUAGE[language], replies.wanted_fact(wanted), "name", "lookup_compound")
        return self._turn(
            language, question, [Step(reasoning, (_call("lookup_compound", query=name),))], replies.Lookup(wanted)
        )

    def _by_name(self, language: str) -> list[Message]:
        """A picture or a property of a compound given by name: look it up, then use its SMILES."""
        name = self._name(language)
        wanted = self._rng.choice(["draw", "3d", "property"])
        slots: dict[str, str] = {}
        answer: replies.Answer
        if wanted == "property":
            key = self._rng.choice(
                [
                    "molecular_weight",
                    "logp",
                    "tpsa",
                    "qed",
                    "hbd",
                    "hba",
                    "rotatable_bonds",
                    "rings",
                    "lipinski",
                    "exact_mass",
                ]
            )
            slots["p"] = self._spoken(language, key)
            tool, answer, aim = "molecular_properties", replies.Properties(key), replies.wanted_property(key)
        else:
            aim = wanted
            tool, answer = ("render_molecule", replies.Draw()) if wanted == "draw" else ("molecule_3d", replies.In3D())
        topic = {"draw": "DRAW", "3d": "IN_3D", "property": "PROPERTY"}[wanted]
        if self._rng.random() < NAMED_SHARE:
            question = self._say(PHRASES[language].NAMED[wanted], n=name, **slots)
        else:
            question = self._ask(language, topic, s=name, **slots)
        question = re.sub(r"(the )?SMILES( string)?[ :：为]*|(the molecule )?with SMILES |字符串 ?", "", question)
        messages = [Message("user", question)]
        self._act(
            messages,
            Step(
                replies.reasoning(LANGUAGE[language], aim, "name", "lookup_compound"),
                (_call("lookup_compound", query=name),),
            ),
        )
        found = re.search(r"SMILES: (\S+);", messages[-1].text)
        if not found or len(found.group(1)) > 110:
            return self._by_name(language) if found else self._close(messages, language, replies.Failure())
        smiles = found.group(1)
        arguments = {"smiles_list": [smiles]} if tool == "molecular_properties" else {"smiles": smiles}
        self._act(messages, Step(replies.then(tool), (ToolCall(tool, arguments),)))
        return self._close(messages, language, answer)

    def _calculate(self, language: str) -> list[Message]:
        question, expression = arithmetic.ask(language, self._rng)
        reasoning = replies.reasoning(LANGUAGE[language], "calculate", "expression", "calculate")
        question = self._roughened(question, question) if self._rng.random() < 0.5 else question
        return self._turn(
            language, question, [Step(reasoning, (_call("calculate", expression=expression),))], replies.Result()
        )

    def _invalid(self, language: str) -> list[Message]:
        """A broken SMILES goes to the tool as it is; its refusal is passed on."""
        smiles = self._broken(self._molecules.smiles())
        topic, tool, wanted = self._rng.choice([("DRAW", "render_molecule", "draw"), ("IN_3D", "molecule_3d", "3d")])
        return self._one_call(language, self._ask(language, topic, s=smiles), wanted, _call(tool, smiles=smiles))

    def _no_tool(self, language: str) -> list[Message]:
        kinds = phrases_other.KINDS[language]
        kind = self._rng.choices(list(kinds), [0.15, 0.08, 0.06, 0.14, 0.57])[0]
        a, b = self._rng.sample(phrases_other.TOPICS[language], 2)
        if kind == "off_topic" and self._rng.random() < 0.6:
            question = self._roughened(self._rng.choice(phrases_other.SINGLE[language]))
        else:
            question = self._roughened(say(self._rng.choice(kinds[kind]), self._rng, a=a, b=b))
        answer = self._rng.choice(phrases_other.REPLIES[language][kind])
        return [Message("user", question), Message("assistant", answer, replies.no_tool(LANGUAGE[language], kind))]

    def _follow_up(self, history: list[Message], language: str) -> list[Message]:
        """A second question about the same molecule, or an unrelated one."""
        smiles = next((s for m in reversed(history) for call in m.tool_calls for s in _smiles_of(call)), "")
        failed = any(m.role == "tool" and m.text.startswith("Error") for m in history)
        if not smiles or failed or len(smiles) > MAX_3D_LENGTH or self._rng.random() < 0.3:
            kinds = [self._draw, self._in_3d, self._property, self._lookup, self._calculate, self._no_tool]
            return self._rng.choice(kinds)(language)
        wanted = self._rng.choice(["3d", "draw", "property", "property"])
        key = self._rng.choice(list(PHRASES[language].PROPERTIES))
        template = self._rng.choice(PHRASES[language].FOLLOW_UPS[wanted])
        question = self._roughened(say(template, self._rng, p=self._spoken(language, key)))
        if wanted == "property":
            return self._properties_turn(language, question, [smiles], key, source="history")
        tool = "molecule_3d" if wanted == "3d" else "render_molecule"
        return self._one_call(language, question, wanted, _call(tool, smiles=smiles), source="history")

    # pieces

    def _one_call(
        self, language: str, question: str, wanted: str, call: ToolCall, source: str = "smiles"
    ) -> list[Message]:
        reasoning = replies.reasoning(LANGUAGE[language], wanted, source, call.name)
        answer = replies.Draw() if wanted == "draw" else replies.In3D()
        return self._turn(language, question, [Step(reasoning, (call,))], answer)

    def _properties_turn(
        self, language: str, question: str, smiles: list[str], key: str, source: str = "smiles"
    ) -> list[Message]:
        reasoning = replies.reasoning(LANGUAGE[language], replies.wanted_property(key), source, "molecular_properties")
        call = ToolCall("molecular_properties", {"smiles_list": smiles})
        return self._turn(language, question, [Step(reasoning, (call,))], replies.Properties(key))

    def _turn(self, language: str, question: str, steps: list[Step], answer: "replies.Answer") -> list[Message]:
        messages = [Message("user", question)]
        for step in steps:
            self._act(messages, step)
        return self._close(messages, language, answer)

    def _act(self, messages: list[Message], step: Step) -> None:
        messages.append(Message("assistant", "", step.reasoning, step.calls))
        for call in step.calls:
            messages.append(Message("tool", run_tool(call)))

    def _close(self, messages: list[Message], language: str, answer: "replies.Answer") -> list[Message]:
        results = [m.text for m in messages if m.role == "tool"]
        failed = results[-1].startswith("Error")
        text = (
            replies.Failure().say(results, language, self._rng) if failed else answer.say(results, language, self._rng)
        )
        return [*messages, Message("assistant", text, replies.closing(LANGUAGE[language], failed))]

    def _ask(self, language: str, topic: str, **slots: str) -> str:
        return self._say(getattr(PHRASES[language], topic), **slots)

    def _say(self, templates: tuple[str, ...], **slots: str) -> str:
        capitals = {"P": slots["p"][:1].upper() + slots["p"][1:]} if "p" in slots else {}
        text = say(self._rng.choice(templates), self._rng, **slots, **capitals)
        return self._roughened(text, *slots.values())

    def _roughened(self, text: str, *protected: str) -> str:
        return roughen(text, self._rng, tuple(filter(None, protected)))

    def _in_context(self, question: Message, language: str) -> Message:
        if self._rng.random() < 0.8:
            return question
        template = self._rng.choice(PHRASES[language].CONTEXTS)
        return Message("user", say(template, self._rng, q=question.text))

    def _spoken(self, language: str, key: str) -> str:
        return str(self._rng.choice(PHRASES[language].PROPERTIES[key]))

    def _short_smiles(self) -> str:
        while len(smiles := self._molecules.smiles()) > MAX_3D_LENGTH:
            pass
        return smiles

    def _name(self, language: str) -> str:
        if self._rng.random() < 0.04:
            return self._rng.choice(
                ["unobtainium", "kryptonite", "dilithium", "foobarin", "xyzzyamide", "adamantium", "flubber", "mithril"]
            )
        if language == "zh" and self._rng.random() < 0.6:
            return self._rng.choice(list(chinese_names()))
        name = self._molecules.named().name
        return self._rng.choice([name, name, name, name.capitalize(), name.title() if name.isalpha() else name])

    def _broken(self, smiles: str) -> str:
        i = self._rng.randrange(len(smiles))
        return self._rng.choice(
            [
                smiles + "(",
                smiles + ")",
                smiles + "C(",
                smiles[:i] + ")" + smiles[i:],
                smiles + "1" if "1" not in smiles else smiles + "9",
                smiles[:i] + "=" + "=" + smiles[i:],
                smiles + "=#C",
            ]
        )


def run_tool(call: ToolCall) -> str:
    """What the model would be told."""
    try:
        return str(RUN[call.name](**call.arguments).text)
    except ToolError as error:
        return error.text


def _call(name: str, **arguments: str) -> ToolCall:
    return ToolCall(name, dict(arguments))


def _smiles_of(call: ToolCall) -> list[str]:
    return [call.arguments["smiles"]] if "smiles" in call.arguments else list(call.arguments.get("smiles_list", ()))[:1]
