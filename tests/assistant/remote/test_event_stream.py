import pytest

from assistant.remote.event_stream import EventTooLong, event_data


def data(*chunks):
    return list(event_data(chunks))


def test_events_come_out_whatever_the_borders_of_the_chunks():
    text = 'data: {"a": 1}\n\ndata: 中文\r\n\r\ndata:x\n\n'.encode()

    whole = data(text)
    byte_by_byte = data(*(text[i : i + 1] for i in range(len(text))))

    assert whole == byte_by_byte == ['{"a": 1}', "中文", "x"]


def test_several_data_lines_are_one_event():
    assert data(b"data: a\ndata: b\n\n") == ["a\nb"]


def test_comments_and_other_fields_say_only_that_the_server_is_alive():
    assert data(b": hello\nevent: message\nid: 7\n\ndata: a\n\n") == [None, None, None, "a"]


def test_what_unicode_calls_a_line_end_is_text():
    assert data("data: a\u2028b\x85c\rd\n\n".encode()) == ["a\u2028b\x85c\rd"]


def test_a_stream_may_end_without_its_last_empty_line():
    assert data(b"data: a\n\ndata: b") == ["a", "b"]


def test_an_error_line_is_data():
    assert data(b'error: {"message": "no"}\n\n') == ['{"message": "no"}']


@pytest.mark.parametrize("line", [b"data: " + b"x" * 1000, b"data: x\n" * 200], ids=["one-line", "many-lines"])
def test_an_event_has_an_end(line, monkeypatch):
    monkeypatch.setattr("assistant.remote.event_stream.MAX_EVENT_BYTES", 1000)

    with pytest.raises(EventTooLong):
        data(line, b"\n\n")
