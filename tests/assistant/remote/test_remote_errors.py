import re
import string

import pytest

from assistant.remote.errors import SENTENCES, RemoteError, detail
from assistant.ui.phrase_book import sentence_in_chinese

VALUES = {
    "limit": 16_777_216,
    "status": 503,
    "seconds": "0.5",
    "server": "gpu-node:8000",
    "model": "internlm/Intern-S1",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_has_its_values_in_both_languages(code):
    names = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name}

    english = str(RemoteError(code, **{name: VALUES.get(name, f"some {name}") for name in names}))
    chinese = sentence_in_chinese(english)

    assert re.search("[\u4e00-\u9fff]", chinese)
    assert "{" not in english + chinese
    assert "gpu-node:8000" in chinese
    assert all(number in chinese for number in re.findall(r"\d[\d,.]*\d", english))


def test_a_servers_own_words_are_one_short_line_without_the_key():
    words = detail(f"Wrong key sk-1:\n\tsk-1 {'x' * 1000}\x1b[31m", "sk-1")

    assert words.startswith("Wrong key ***: *** xxx")
    assert len(words) == 240
