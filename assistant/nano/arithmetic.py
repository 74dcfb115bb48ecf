"""Sums that people ask for, as an expression or in words."""

import random

from assistant.nano import phrases_en, phrases_zh
from assistant.nano.phrasing import say

# words -> expression; {a} and {b} are numbers
WORDS = {
    "en": (
        ("[What is|Calculate|Compute|How much is] {a} plus {b}?", "{a}+{b}"),
        ("[What is|Calculate|Compute|How much is] {a} minus {b}?", "{a}-{b}"),
        ("[What is|Calculate|Compute|How much is] {a} times {b}?", "{a}*{b}"),
        ("[What is|Calculate|Compute|How much is] {a} divided by {b}?", "{a}/{b}"),
        ("[Add|Sum] {a} and {b}[.|]", "{a}+{b}"),
        ("[Multiply|multiply] {a} by {b}[.|]", "{a}*{b}"),
        ("[Multiply|What is the product of] {a} and {b}[.|?]", "{a}*{b}"),
        ("[Divide|divide] {a} by {b}[.|]", "{a}/{b}"),
        ("Subtract {b} from {a}[.|]", "{a}-{b}"),
        ("What is the square root of {a}?", "sqrt({a})"),
        ("[What is|Calculate] {a} squared?", "{a}**2"),
        ("[What is|Calculate] {a} to the power of {k}?", "{a}**{k}"),
        ("[What is|How much is] {a} percent of {b}?", "{a}/100*{b}"),
        ("[What is|How much is] {a}% of {b}?", "{a}/100*{b}"),
        ("What is the natural logarithm of {a}?", "ln({a})"),
        ("What is the logarithm of {a} to base 10?", "log10({a})"),
        ("{a} [and|plus] {b} [together|in total|added up], how much?", "{a}+{b}"),
        ("{a} [times|multiplied by] {b}[?|, please| equals?| is what?]", "{a}*{b}"),
        ("{a} [divided by|split into] {b}[?|, please| equals?| is what?]", "{a}/{b}"),
        ("[Take|Start with] {a} and [subtract|take away] {b}[.|, what is left?]", "{a}-{b}"),
        ("[Take|Find] {a} percent of {b}[.|]", "{a}/100*{b}"),
        ("How much is {a} [less|minus] {b}?", "{a}-{b}"),
        ("[Square|Please square] {a}[.|]", "{a}**2"),
        ("[Square root|The root] of {a}[?|, please]", "sqrt({a})"),
    ),
    "zh": (
        ("{a}加{b}[等于多少|是多少|等于几]？", "{a}+{b}"),
        ("{a}减{b}[等于多少|是多少|等于几]？", "{a}-{b}"),
        ("{a}乘以{b}[等于多少|是多少|等于几]？", "{a}*{b}"),
        ("{a}除以{b}[等于多少|是多少|等于几]？", "{a}/{b}"),
        ("[求|计算]{a}与{b}的和[。|]", "{a}+{b}"),
        ("[求|计算]{a}和{b}的乘积[。|]", "{a}*{b}"),
        ("{a}的平方根是多少？", "sqrt({a})"),
        ("{a}的平方[是多少|等于多少]？", "{a}**2"),
        ("{a}的{k}次方[是多少|等于多少]？", "{a}**{k}"),
        ("{b}的百分之{a}是多少？", "{a}/100*{b}"),
        ("{a}的自然对数是多少？", "ln({a})"),
        ("{a}加上{b}[一共|总共][多少|是多少]？", "{a}+{b}"),
        ("{a}乘{b}[，多少|得多少|等于几]？", "{a}*{b}"),
        ("从{a}中减去{b}[还剩多少|得多少]？", "{a}-{b}"),
        ("{b}的{a}%[是多少|等于几]？", "{a}/100*{b}"),
        ("[求|请求出]{a}的平方[。|]", "{a}**2"),
        ("[开平方|求平方根]：{a}", "sqrt({a})"),
    ),
}
PHRASES = {"en": phrases_en.ARITHMETIC, "zh": phrases_zh.ARITHMETIC}


def ask(language: str, rng: random.Random) -> tuple[str, str]:
    """(question, the expression that the tool is to be given)"""
    if rng.random() < 0.4:
        words, expression = rng.choice(WORDS[language])
        slots = {"a": _number(rng), "b": _number(rng), "k": str(rng.randint(2, 9))}
        return say(words, rng, **slots), expression.format(**slots)
    expression = _expression(rng)
    return say(rng.choice(PHRASES[language]), rng, x=expression), expression


def _number(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.4:
        return str(rng.randint(2, 99))
    if kind < 0.65:
        return str(rng.randint(100, 99999))
    if kind < 0.95:
        return f"{rng.uniform(0.01, 500):.{rng.randint(1, 4)}f}"
    return f"{rng.uniform(1, 9.99):.2f}e{rng.choice(['-', ''])}{rng.randint(2, 12)}"


def _expression(rng: random.Random) -> str:
    a, b, c, d = (_number(rng) for _ in range(4))
    space = " " if rng.random() < 0.35 else ""
    plus, times = rng.choice("+-"), rng.choice("*/")
    shape = rng.choice(
        (
            "{a}{s}{p}{s}{b}",
            "{a}{s}{t}{s}{b}",
            "{a}{s}{t}{s}{b}",
            "{a}{s}{p}{s}{b}{s}{t}{s}{c}",
            "{a}{s}{t}{s}({b}{s}{p}{s}{c})",
            "({a}{s}{p}{s}{b}){s}{t}{s}{c}",
            "({a}{s}{p}{s}{b}){s}{t}{s}({c}{s}{p}{s}{d})",
            "{a}{s}*{s}{b}{s}*{s}{c}",
            "sqrt({a})",
            "sqrt({a}{s}{p}{s}{b})",
            "{a}**{k}",
            "{a}^{k}",
            "{a}{s}*{s}exp({e})",
            "ln({a}){s}{p}{s}{b}",
            "log10({a}){s}*{s}{b}",
            "{a}{s}%{s}{k}",
            "-{a}{s}*{s}{b}{s}*{s}ln({c})/1000",
        )
    )
    return shape.format(
        a=a, b=b, c=c, d=d, s=space, p=plus, t=times, k=rng.randint(2, 12), e=f"{rng.uniform(-5, 5):.2f}"
    )
