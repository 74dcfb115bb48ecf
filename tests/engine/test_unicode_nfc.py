import random
import unicodedata

from engine.unicode_nfc import nfc

MARKS = [chr(i) for i in range(0x300, 0x1F000) if unicodedata.combining(chr(i))] + ["\u0f73", "\u0f75", "\u0344"]


def test_short_text_is_what_unicodedata_makes_of_it():
    dice = random.Random(1)
    letters = [chr(i) for i in range(0x20, 0xD7FF)]

    for _ in range(2_000):
        text = "".join(dice.choice(letters if dice.random() < 0.5 else MARKS) for _ in range(20))
        assert nfc(text) == unicodedata.normalize("NFC", text)


def test_long_runs_of_marks_are_ordered_alike():
    dice = random.Random(2)

    for _ in range(50):
        text = "".join(f"{dice.choice('aeo한é中')}{''.join(dice.choices(MARKS, k=100))}" for _ in range(4))
        assert nfc(text) == unicodedata.normalize("NFC", text)


def test_marks_in_the_wrong_order_do_not_take_quadratic_time():
    text = "a" + "\u0315" * 100_000 + "\u0316" * 100_000  # unicodedata alone: about a quarter of an hour

    assert nfc(text) == "a" + "\u0316" * 100_000 + "\u0315" * 100_000
