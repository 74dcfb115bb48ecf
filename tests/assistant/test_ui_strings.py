import re
from collections import Counter

from assistant.ui.strings import PARTS, STRINGS


def test_every_text_is_there_in_both_languages():
    assert [key for key, texts in STRINGS.items() if len(texts) != 2 or not all(texts)] == []


def test_a_key_stands_in_one_part_only():
    counts = Counter(key for part in PARTS for key in part.TEXTS)

    assert [key for key, count in counts.items() if count > 1] == []


def test_both_languages_have_the_same_places_for_values():
    def places(text):
        return Counter(name for name, _ in re.findall(r"\{(\w+)(:[^}]*)?\}", text))

    assert [key for key, (english, chinese) in STRINGS.items() if set(places(english)) != set(places(chinese))] == []
