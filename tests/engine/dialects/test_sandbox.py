from datetime import datetime

import jinja2
import pytest

from engine.dialects import sandbox
from engine.dialects.sandbox import ChatTemplate


def render(source: str, **values: object) -> str:
    return ChatTemplate(source).render(values)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ {'a': 'ö<', 'b': [1, None]} | tojson }}", '{"a": "ö<", "b": [1, null]}'),
        ("{{ {'b': 1} | tojson(indent=2) }}", '{\n  "b": 1\n}'),
        ("{{ 'ö' | tojson(ensure_ascii=true) }}", '"\\u00f6"'),
        ("{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        ("{% if x %}\n  {% generation %}said{% endgeneration %}\n{% endif %}", "said"),
        ("{{ strftime_now('%Y') }}", f"{datetime.now():%Y}"),
        ("{%- macro twice(t) %}{{ t * 2 }}{% endmacro %}{{ twice('ab') }}", "abab"),
        ("{% set ns = namespace(n=0) %}{% for i in range(5) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "10"),
    ],
)
def test_templates_find_what_transformers_gives_them(source, text):
    assert render(source, x=True) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{{ raise_exception('no') }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 'x' * 100000000 }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro again() %}{{ again() }}{{ again() }}{% endmacro %}{{ again() }}",
        "{% for i in range(99999999) %}x{% endfor %}",
    ],
)
def test_templates_cannot_leave_the_sandbox_or_keep_the_program_busy(source):
    with pytest.raises((jinja2.TemplateError, TypeError, RecursionError, OverflowError)):
        render(source, messages=[])


def test_a_text_beyond_the_limit_ends_the_rendering(monkeypatch):
    monkeypatch.setattr(sandbox, "MAX_CHARACTERS", 10)

    with pytest.raises(jinja2.TemplateError, match="it writes more than 10 characters"):
        render("{% for i in range(6) %}ab{% endfor %}")
