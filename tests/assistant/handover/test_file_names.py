import pytest

from assistant.handover.file_names import MAX_STEM_LENGTH, attachment_header, stem_of


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Draw caffeine, now!", "Draw-caffeine,-now!"),
        ("画出咖啡因", "画出咖啡因"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("con", "_con"),
        ("a\u202eb\x00c\nd", "a-b-c-d"),
        ("", "conversation"),
        ("///", "conversation"),
        ("x" * 200, "x" * MAX_STEM_LENGTH),
    ],
)
def test_a_title_becomes_the_name_of_a_file(title, stem):
    assert stem_of(title) == stem


def test_a_header_holds_any_name():
    assert attachment_header('画"\r\n.md') == "attachment; filename*=UTF-8''%E7%94%BB%22%0D%0A.md"
