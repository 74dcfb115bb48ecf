"""Which tools a question is asked with: those that are always there, and the groups that files and words bring in.

The same conversation always gets the same tools in the same order, so that the prompt's beginning stays the same and
need not be read again; a group that has come in stays for the conversation.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.attachments.pasted import find_pasted

MAX_TOOLS = 19  # of one request: each costs the model some 150 tokens to read
ALWAYS = ("lookup_compound", "render_molecule", "calculate", "convert_units")

GROUPS_OF_FILES = {
    "molecule": ("chemistry",),
    "sequence": ("biology",),
    "structure": ("structures",),
    "crystal": ("materials",),
    "signal": ("signals", "seismology"),
    "image": ("images",),
    "video": ("video",),
    "text": ("data", "signals"),
}
GROUPS_OF_PASTED = {"smiles": "chemistry", "sequence": "biology", "fasta": "biology"}


def _words(english: str, chinese: str) -> re.Pattern[str]:
    """Stems, parted by |; an English one begins where a word does."""
    return re.compile(rf"\b(?:{english})|{chinese}", re.IGNORECASE)


# In the order of the catalogue: group -> the words that ask for it.
WORDS = {
    "chemistry": _words(
        "molecul|compound|smiles|inchi|iupac|selfies|formula|logp|tpsa|qed|lipinski|solubil|substructure|"
        "smarts|similar|fingerprint|functional group|tautomer|salt|scaffold|ligand|drug|3d|conformer|draw|"
        "nitrile|sulfonamide|peptide|toxic|admet",
        "分子|化合物|结构式|官能团|相似|子结构|药物|脂水|溶解|构象|画|盐|命名|互变",
    ),
    "reactions": _words(
        "react|product|synthes|balance|stereo|enantiomer|isomer|chiral|proton|pka|ph ",
        "反应|产物|合成|配平|立体|手性|异构|质子化",
    ),
    "biology": _words(
        "protein|peptide|sequence|fasta|dna|rna|gene|codon|orf|translat|motif|align|mutat|residue|"
        r"amino acid|isoelectric|extinction|hydropath|glycosyl|identity|p\.[A-Z]",
        "蛋白|序列|氨基酸|基因|翻译|比对|突变|等电点|基序|读码框|疏水",
    ),
    "structures": _words(
        "pdb|alphafold|uniprot|structure of|chain|binding site|contact|superpos|rmsd|helix|"
        "secondary structure|solvent|sasa|active site|inhibitor|crystal structure",
        "二级结构|接触|叠合|螺旋|活性位点|蛋白质结构|溶剂可及",
    ),
    "materials": _words(
        "crystal|unit cell|supercell|lattice|space group|xrd|diffract|two-theta|powder|cif",
        "晶体|晶胞|超胞|空间群|衍射|晶格",
    ),
    "signals": _words(
        "signal|waveform|spectrum|spectrogram|frequency|sampling rate|filter|time series|period|trend|"
        "anomal|peak|amplitude",
        "信号|波形|频谱|频率|采样|滤波|时间序列|周期|峰",
    ),
    "seismology": _words(
        "seism|earthquake|p[- ]wave|s[- ]wave|p and s|pick|phase|epicent|magnitude|miniseed|sta/lta|"
        "trigger|travel time|focal|hypocent|great[- ]circle|distance|azimuth|response|station",
        "地震|震|走时|拾取|到时|大圆|方位角|台站|仪器响应",
    ),
    "images": _words(
        "image|picture|photo|micrograph|figure|chart|scale bar|crop|count|measure|ocr|axis label|read the text",
        "图像|图片|照片|图中|裁剪|标尺|计数|测量|识别文字",
    ),
    "video": _words(
        "video|frame|scene|clip",
        "视频|帧|镜头|影片",
    ),
    "mathematics": _words(
        "solve|equation|integral|integrate|derivative|differentiate|limit of|simplify|series",
        "方程|积分|导数|求导|极限|化简",
    ),
    "data": _words(
        "fit|regress|curve|csv|plot|histogram|column",
        "拟合|回归|曲线|作图|直方图|列",
    ),
}


def choose_tools(
    schemas: Sequence[dict[str, Any]],
    groups: Sequence[str],
    questions: Iterable[str],
    called: Iterable[str] = (),
    file_kinds: Iterable[str] = (),
) -> tuple[dict[str, Any], ...]:
    """At most MAX_TOOLS of the schemas, in their order; groups has the group of each, "" for one that is always there.

    questions: what a person wrote, without what stands in the files. called: names of tools that have been used. When
    the groups that were asked for hold more, those that files brought in and then those that were asked for first have
    room, and within a group its first tools.
    """
    names = [schema["function"]["name"] for schema in schemas]
    group_of = dict(zip(names, groups, strict=True))
    chosen = [name for name in names if not group_of[name] or name in ALWAYS]
    for wanted in _wanted(group_of, questions, called, file_kinds):
        members = [wanted] if wanted in group_of else [name for name in names if group_of[name] == wanted]
        chosen += [name for name in members if name not in chosen]
    kept = set(chosen[:MAX_TOOLS])
    return tuple(schema for schema, name in zip(schemas, names, strict=True) if name in kept)


def _wanted(
    group_of: dict[str, str], questions: Iterable[str], called: Iterable[str], file_kinds: Iterable[str]
) -> list[str]:
    """Groups, and names of single tools that a person wrote; each once, the most pressing first."""
    wanted: list[str] = []
    for kind in file_kinds:
        wanted += GROUPS_OF_FILES.get(kind, ())
    wanted += [group_of[name] for name in called if group_of.get(name)]
    for question in questions:
        wanted += [name for name in group_of if name in question]
        wanted += [GROUPS_OF_PASTED[pasted.kind] for pasted in find_pasted(question)]
        found = [(match.start(), group) for group, words in WORDS.items() if (match := words.search(question))]
        wanted += [group for _, group in sorted(found)]
    return list(dict.fromkeys(wanted))
