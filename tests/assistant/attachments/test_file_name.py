import pytest

from assistant.attachments.file_name import MAX_LENGTH, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gel.png", "gel.png"),
        ("凝胶 2.png", "凝胶 2.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\quake.npy", "quake.npy"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\x00\nb.csv", "ab.csv"),
        ("<img src=x>.png", "<img src=x>.png"),
        ("folder/", "file"),
        ("", "file"),
    ],
)
def test_only_what_can_be_read_is_left_of_a_name(name, shown):
    assert shown_name(name) == shown


@pytest.mark.parametrize("name", ["x" * 300 + ".mseed", "." + "x" * 300, "x" * 300])
def test_a_long_name_is_cut_and_keeps_its_suffix(name):
    shown = shown_name(name)

    assert len(shown) <= MAX_LENGTH and "…" in shown
    assert shown.endswith(".mseed") == name.endswith(".mseed")
