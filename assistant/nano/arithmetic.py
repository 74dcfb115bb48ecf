"""Sums that people ask for, as an expression or in words."""

import random

from assistant.nano import phrases_en, phrases_zh
from assistant.nano.phrasing import say

# words -> expression; {a}, {b} and {c} are numbers, {k} a small whole one
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
        ("[How much is|How many are] {a} percent of {b}?", "{a}/100*{b}"),
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
        ("[What do|How much do] {a} and {b} [add up to|sum to|make together]?", "{a}+{b}"),
        ("[What is|Give me|Find] the [sum|total] of {a} and {b}[?|.|]", "{a}+{b}"),
        ("[Add up|Total up|Sum up] {a}, {b} and {c}[.|]", "{a}+{b}+{c}"),
        ("{a} plus {b} minus {c}[?| is what?|, please]", "{a}+{b}-{c}"),
        ("[Increase|Raise] {a} by {b}[.|]", "{a}+{b}"),
        ("[Decrease|Reduce|Lower] {a} by {b}[.|]", "{a}-{b}"),
        ("[What is|Give me|Find] the difference between {a} and {b}[?|.|]", "{a}-{b}"),
        ("I had {a} mL and used {b} mL. How much is left?", "{a}-{b}"),
        ("[Deduct|Remove|Take] {b} from {a}[.|, what remains?|]", "{a}-{b}"),
        ("[What's|Find|Give me|I need] the product of {a} and {b}[?|.|]", "{a}*{b}"),
        (
            "[I need|There are|I fill] {a} vials with {b} mL each. [What's the total?|How much in all?|Total volume?]",
            "{a}*{b}",
        ),
        ("{a} [lots of|portions of|samples of] {b} [make|give] how much?", "{a}*{b}"),
        ("[Could you|Please|Can you] [multiply|take the product of] {a} [and|with] {b}[?|.|]", "{a}*{b}"),
        ("[What is|Give me|Find] the [quotient|ratio] of {a} and {b}[?|.|]", "{a}/{b}"),
        ("[How many times does {b} go into {a}|How often does {b} fit into {a}]?", "{a}/{b}"),
        ("[Share|Split|Distribute] {a} [equally |]among {b}[. How much each?|.|]", "{a}/{b}"),
        ("[Write|Give|Express] the fraction {a} over {b} as a decimal[.|]", "{a}/{b}"),
        ("[Multiply {a} by {b} and add|Take the product of {a} and {b}, then add] {c}[.|]", "{a}*{b}+{c}"),
        ("[Multiply {a} by {b}, then divide by|Take {a} times {b} and divide the result by] {c}[.|]", "{a}*{b}/{c}"),
        ("[I want|Give me|I need to know] {a} percent of {b}[.|]", "{a}/100*{b}"),
        ("[Find|Compute|Tell me|I need] the square root of {a}[.|]", "sqrt({a})"),
        ("[Find|Compute|Tell me] the square of {a}[.|]", "{a}**2"),
        ("[Raise {a} to the power|Take {a} to the power] {k}[.|]", "{a}**{k}"),
        ("[What is|Compute] {a} cubed?", "{a}**3"),
        ("[Find|Compute|Tell me|Take] the [natural log|natural logarithm|ln] of {a}[.|]", "ln({a})"),
        ("[Find|Compute|Tell me|Take] the [base-10 log|decimal logarithm|common logarithm] of {a}[.|]", "log10({a})"),
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
        ("{a}[和|与|跟]{b}[加起来|相加|合起来][是多少|等于几|多少|得几]？", "{a}+{b}"),
        ("[把|将]{a}和{b}[相加|加起来|加在一起][。|，得数是几？|]", "{a}+{b}"),
        ("{a}、{b}[和|再加]{c}[加起来|一共][是多少|多少]？", "{a}+{b}+{c}"),
        ("{a}加{b}再减{c}[是多少|得几|等于几]？", "{a}+{b}-{c}"),
        ("[算算|请算|试算]{a}加{b}[。|，谢谢|]", "{a}+{b}"),
        ("{a}减掉{b}[剩多少|还有多少|是几]？", "{a}-{b}"),
        ("[求|算出|计算]{a}与{b}的差[。|]", "{a}-{b}"),
        ("原来有{a}毫升，用掉{b}毫升，还剩多少？", "{a}-{b}"),
        ("{a}比{b}多多少？", "{a}-{b}"),
        ("{a}[和|与|跟]{b}[相乘|的积|的乘积][是多少|得几|等于几]？", "{a}*{b}"),
        ("[把|将]{a}[乘上|乘以]{b}[，告诉我得数|，等于几|会得到多少][。|？|]", "{a}*{b}"),
        ("{a}个样品，每个{b}毫升，[总共多少|一共要多少|总量是多少]？", "{a}*{b}"),
        ("{a}的{b}倍[是多少|等于几|有多大]？", "{a}*{b}"),
        ("{a}乘以{b}再[加上|加]{c}[是多少|得几|等于几]？", "{a}*{b}+{c}"),
        ("{a}乘以{b}再除以{c}[是多少|得几|等于几]？", "{a}*{b}/{c}"),
        ("{a}[平均分成|均分为]{b}份，每份[多少|是多少|有多大]？", "{a}/{b}"),
        ("[把|将]{a}除以{b}[，商是多少|，告诉我得数|会怎样][？|。]", "{a}/{b}"),
        ("{a}[与|和]{b}的[商|比值][是多少|等于几|]？", "{a}/{b}"),
        ("[求|算|计算]{a}除以{b}[，谢谢|的商|。|]", "{a}/{b}"),
        ("{a}里有几个{b}？", "{a}/{b}"),
        ("[求|算一下|我要]{b}的百分之{a}[。|]", "{a}/100*{b}"),
        ("{a}[开方|开平方|开根号][是多少|得几|等于几]？", "sqrt({a})"),
        ("[求|算|请问]根号{a}[是多少|等于几|]？", "sqrt({a})"),
        ("{a}的[立方|三次方][是多少|等于几]？", "{a}**3"),
        ("[求|算出]{a}的{k}次幂[。|]", "{a}**{k}"),
        ("[求|算出|计算]{a}的[自然对数|ln][。|]", "ln({a})"),
        ("{a}的[常用对数|以10为底的对数][是多少|等于几]？", "log10({a})"),
    ),
}
PHRASES = {"en": phrases_en.ARITHMETIC, "zh": phrases_zh.ARITHMETIC}


def ask(language: str, rng: random.Random) -> tuple[str, str]:
    """(question, the expression that the tool is to be given)"""
    if rng.random() < 0.4:
        words, expression = rng.choice(WORDS[language])
        slots = {"a": _number(rng), "b": _number(rng), "c": _number(rng), "k": str(rng.randint(2, 9))}
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
