"""The questions nano is tested with: molecules of the held-out side of the split, phrasings that training never uses.

python -m assistant.nano.held_out > assets/nano/held_out.jsonl
"""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from assistant.nano.molecules import MoleculeSampler, load_compounds
from assistant.tools.nano.lookup_compound import lookup_compound
from assistant.tools.result import ToolError

Case = dict[str, Any]

DRAW = {
    "en": (
        "For my report I need a structural drawing of {s}.",
        "Turn {s} into a nice flat picture",
        "My colleague sent me {s}. Mind drawing that one for me?",
        "Put the structure behind {s} on the screen.",
        "I can't picture {s} in my head. A 2D sketch would help.",
        "Which structure hides behind {s}? Show a drawing.",
        "Let's begin with a depiction of {s}",
        "Would it be possible to get a drawing of {s}?",
        "student question: how would you draw {s}",
        "For slide three: 2D depiction of {s}, please.",
        "I pasted {s} from a paper; please turn it into an image.",
        "Time to draw! {s}",
        "Illustrate {s} for the poster",
    ),
    "zh": (
        "报告里要用{s}的结构图，麻烦画一张。",
        "同事发来{s}，我想知道它的平面结构，画一下好吗？",
        "请根据{s}生成一张分子图片",
        "把这个SMILES变成图：{s}",
        "{s}，帮忙出个结构图",
        "能否绘出{s}所代表的分子？",
        "老师让我画{s}，你来示范吧",
        "我看不懂{s}，画成图给我",
        "想要{s}的平面图",
        "论文里出现了{s}，请给出它的结构图。",
    ),
}
IN_3D = {
    "en": (
        "I'd like to spin {s} around on screen.",
        "Can you fold {s} out into three dimensions?",
        "A rotatable model of {s} would be great",
        "For docking I want to check the 3D geometry of {s}.",
        "Take {s} and make it three-dimensional.",
        "Put {s} into the 3D viewer please",
        "Give {s} some depth: 3D model!",
        "How are the atoms of {s} arranged in 3D?",
        "Optimise a 3D conformer for {s} and display it.",
        "Let me turn {s} in my hands, virtually: 3D.",
        "3D conformation wanted: {s}",
    ),
    "zh": (
        "我想转动{s}，请给出可旋转的三维模型。",
        "{s}在空间里是怎样排布的？请用3D展示",
        "请为{s}优化一个三维构象",
        "把{s}放到三维查看器里",
        "对接之前想先看{s}的3D构象",
        "立体地看一下{s}",
        "做一个{s}的3D模型给我",
        "请把{s}转换为三维结构。",
        "{s}的立体模型，谢谢",
    ),
}
PROPERTY = {
    "en": (
        ("I have to weigh out {s}; what molecular weight should I use?", "molecular_weight"),
        ("Please report the molar mass for {s} in g/mol.", "molecular_weight"),
        ("My balance is waiting: molecular weight of {s}?", "molecular_weight"),
        ("Can you work out the logP value that {s} has?", "logp"),
        ("Would {s} rather sit in octanol or water? The logP please.", "logp"),
        ("For membrane permeability I need the TPSA of {s}.", "tpsa"),
        ("Let me know the polar surface area belonging to {s}.", "tpsa"),
        ("Which molecular formula belongs to {s}?", "formula"),
        ("Derive the formula from {s}.", "formula"),
        ("Count hydrogen bond donors: {s}", "hbd"),
        ("Number of H-bond acceptors present in {s}?", "hba"),
        ("Please count how many bonds in {s} can rotate.", "rotatable_bonds"),
        ("I'm checking oral availability. Rule of five for {s}?", "lipinski"),
        ("Medicinal chemist here. QED score for {s}?", "qed"),
        ("For the mass spec I need the exact mass of {s}.", "exact_mass"),
        ("Ring count wanted for {s}.", "rings"),
    ),
    "zh": (
        ("称量之前要知道{s}的分子量，请给出数值。", "molecular_weight"),
        ("{s}每摩尔多少克？", "molecular_weight"),
        ("质谱要用，{s}的精确质量是多少", "exact_mass"),
        ("请报告{s}的logP值", "logp"),
        ("评估透膜性，需要{s}的TPSA。", "tpsa"),
        ("{s}对应的分子式写出来", "formula"),
        ("数一数{s}的氢键供体", "hbd"),
        ("{s}里氢键受体一共有几个", "hba"),
        ("{s}能转动的键有几根？给出可旋转键数。", "rotatable_bonds"),
        ("口服吸收评估：{s}违反了几条Lipinski规则？", "lipinski"),
        ("请给{s}打个类药性分数（QED）", "qed"),
        ("统计{s}的环数", "rings"),
    ),
}
COMPARE = {
    "en": (
        "Put the molecular weights of {s} and {t} side by side.",
        "I'm torn between {s} and {t}: logP of both?",
        "How do {s} and {t} differ in TPSA?",
        "Contrast the QED of {s} with that of {t}",
    ),
    "zh": ("{s}与{t}相比，分子量各是多少？", "列出{s}和{t}各自的logP", "{s}、{t}，两者的TPSA分别多少？"),
}
LOOKUP = {
    "en": (
        "I only know the name {n}. Which SMILES belongs to it?",
        "Could you dig up the CAS number for {n}?",
        "Under what SMILES would I find {n}?",
        "Please retrieve the record of {n}.",
        "I forgot the formula of {n}, remind me.",
        "How hot must it get before {n} melts?",
        "Need the boiling temperature of {n}",
        "Translate the compound name {n} into SMILES notation.",
        "Database entry for {n}, please.",
    ),
    "zh": (
        "只知道名字叫{n}，它的SMILES是哪个？",
        "帮忙找出{n}的CAS编号",
        "请在表里检索{n}",
        "{n}加热到多少度会熔？",
        "忘了{n}的分子式，提醒我一下",
        "{n}的SMILES表达式请给我",
    ),
}
NAMED = {
    "en": (
        ("I only have the name {n}; make me a drawing of its structure.", "render_molecule"),
        ("Could a picture of {n} be arranged?", "render_molecule"),
        ("Spin up a 3D model of {n}.", "molecule_3d"),
        ("{n}, three-dimensional, please", "molecule_3d"),
        ("For the lab book: logP of {n}?", "molecular_properties"),
        ("Can you work out the TPSA of {n}?", "molecular_properties"),
    ),
    "zh": (
        ("名字是{n}，请画它的结构图", "render_molecule"),
        ("给一张{n}的结构图好吗", "render_molecule"),
        ("把{n}做成能旋转的3D模型", "molecule_3d"),
        ("{n}的logP值请算一下", "molecular_properties"),
        ("请报告{n}的分子量", "molecular_properties"),
    ),
}
ENGLISH_NAMES = (
    "caffeine", "aspirin", "ibuprofen", "naphthalene", "vanillin", "menthol", "glucose", "dopamine", "melatonin",
    "toluene", "benzoic acid", "paracetamol", "diazepam", "lidocaine", "citric acid",
)  # fmt: skip
CHINESE_NAMES = (
    "咖啡因",
    "布洛芬",
    "苯甲酸",
    "薄荷醇",
    "多巴胺",
    "萘",
    "香草醛",
    "水杨酸",
    "利多卡因",
    "褪黑素",
    "柠檬酸",
)
CALCULATE = {
    "en": (
        ("Quick sum: 48.7+12.95", "48.7+12.95"),
        ("My dilution needs 0.25*750. Number?", "0.25*750"),
        ("Could you crunch (17+5)*3.2 for me", "(17+5)*3.2"),
        ("Result of 8.314*298.15/1000 please", "8.314*298.15/1000"),
        ("I get stuck at 1024/32-7, your turn.", "1024/32-7"),
        ("Take 36.5 times 4.2.", "36.5*4.2"),
        ("18 and 27 multiplied gives?", "18*27"),
        ("What does sqrt(1764) come to?", "sqrt(1764)"),
        ("Work through 5.5*(2.1-0.4) for the buffer.", "5.5*(2.1-0.4)"),
        ("What is 640 over 25.6?", "640/25.6"),
        ("Please do this sum: 1290+357", "1290+357"),
        ("3**7 equals what", "3**7"),
        ("evaluate ln(20.5)+1", "ln(20.5)+1"),
        ("What is 7.5 percent of 1200?", "7.5/100*1200"),
        ("Numbers please: (100-37)/9", "(100-37)/9"),
    ),
    "zh": (
        ("算一道题：56.3+17.8", "56.3+17.8"),
        ("配液需要0.35*480，得多少", "0.35*480"),
        ("(23+9)*1.5的答案是什么", "(23+9)*1.5"),
        ("请把144/12-5算出来", "144/12-5"),
        ("37乘以26，结果告诉我", "37*26"),
        ("sqrt(2025)等于几", "sqrt(2025)"),
        ("90.5减去44.7是多少", "90.5-44.7"),
        ("2**12是多大的数", "2**12"),
        ("帮忙算 7.2*(3.5-1.1)", "7.2*(3.5-1.1)"),
        ("450除以36得多少", "450/36"),
        ("求ln(15.2)的值", "ln(15.2)"),
        ("965+1284这个加法", "965+1284"),
    ),
}
NO_TOOL = {
    "en": (
        "Good afternoon, who am I speaking with?",
        "What sort of assistant are you exactly?",
        "Could you explain why leaves turn red?",
        "Draft a birthday card for my uncle.",
        "Who painted the Mona Lisa?",
        "Give me your opinion on electric scooters.",
        "How do planes stay in the air?",
        "Summarise the plot of Hamlet.",
        "Which football club should I support?",
        "Teach me some Italian phrases.",
        "Is it going to rain tomorrow?",
        "Why do metals conduct electricity?",
        "What makes a reaction exothermic?",
        "Who came up with the periodic table?",
        "Debug my JavaScript, it crashes.",
        "I'd like a recipe for lentil soup.",
        "Cheers, that was helpful!",
        "Hello nano, nice day, isn't it?",
        "Tell me how vaccines are approved.",
        "Can you recommend a hotel in Rome?",
        "What's the meaning of life?",
        "Describe the taste of mango.",
        "Which features do you offer?",
        "How can I lose weight?",
        "Compose a rap about winter.",
        "Where does the Danube flow?",
        "Please draw something pretty.",
        "Explain stereochemistry like I'm five.",
        "List the planets of the solar system.",
        "Who is your favourite scientist?",
    ),
    "zh": (
        "请问你是哪位？",
        "你都能帮上什么忙？",
        "树叶为什么会变红？",
        "替我写一张生日贺卡。",
        "蒙娜丽莎是谁画的？",
        "飞机为什么能飞？",
        "教我几句意大利语。",
        "明天会下雨吗？",
        "金属为什么导电？",
        "推荐一家罗马的酒店。",
        "人生的意义是什么？",
        "怎样减肥最有效？",
        "多瑙河流经哪些国家？",
        "红烧肉怎么做？",
        "你最喜欢哪位科学家？",
        "帮我调试一下网页代码。",
        "谢谢，帮了大忙！",
        "随便画点好看的吧。",
        "元素周期表是谁提出的？",
        "说说你的看法：远程办公好吗？",
    ),
}
MAX_3D_LENGTH = 60


def cases(seed: int = 7) -> Iterator[Case]:
    rng = random.Random(seed)
    molecules = MoleculeSampler(load_compounds(held_out=True), rng)
    for language in ("en", "zh"):
        for _ in range(2):
            for template in DRAW[language]:
                smiles = molecules.smiles()
                yield _case("draw", language, template.replace("{s}", smiles), ("render_molecule", {"smiles": smiles}))
            for template in IN_3D[language]:
                smiles = _short(molecules)
                yield _case("3d", language, template.replace("{s}", smiles), ("molecule_3d", {"smiles": smiles}))
            for template, _ in PROPERTY[language]:
                smiles = molecules.smiles()
                call = ("molecular_properties", {"smiles_list": [smiles]})
                yield _case("property", language, template.replace("{s}", smiles), call)
        for template in COMPARE[language]:
            first, second = _short(molecules), _short(molecules)
            call = ("molecular_properties", {"smiles_list": [first, second]})
            yield _case("property", language, template.replace("{s}", first).replace("{t}", second), call)
        for template in LOOKUP[language]:
            name = molecules.named().name if language == "en" else rng.choice(CHINESE_NAMES)
            yield _case("lookup", language, template.replace("{n}", name), ("lookup_compound", {"query": name}))
        for template, tool in NAMED[language]:
            name = rng.choice(ENGLISH_NAMES if language == "en" else CHINESE_NAMES)
            smiles = _table_smiles(name)
            arguments = {"smiles_list": [smiles]} if tool == "molecular_properties" else {"smiles": smiles}
            calls = (("lookup_compound", {"query": name}), (tool, arguments))
            yield _case("by_name", language, template.replace("{n}", name), *calls)
        for question, expression in CALCULATE[language]:
            yield _case("calculate", language, question, ("calculate", {"expression": expression}))
        for question in NO_TOOL[language]:
            yield _case("no_tool", language, question)


def _case(domain: str, language: str, prompt: str, *calls: tuple[str, dict[str, Any]]) -> Case:
    return {
        "prompt": prompt,
        "attachments": [],
        "expected_calls": [{"name": name, "arguments": arguments} for name, arguments in calls],
        "domain": domain,
        "lang": language,
    }


def _short(molecules: MoleculeSampler) -> str:
    while len(smiles := molecules.smiles()) > MAX_3D_LENGTH:
        pass
    return smiles


def _table_smiles(name: str) -> str:
    try:
        found = re.search(r"SMILES: (\S+);", lookup_compound(name).summary)
    except ToolError as error:
        raise AssertionError(f"{name} is not in the table") from error
    assert found, name
    return found.group(1)


def main() -> None:
    for index, case in enumerate(cases()):
        print(json.dumps({"id": f"{case['domain']}-{case['lang']}-{index:03d}", **case}, ensure_ascii=False))


if __name__ == "__main__":
    main()
