"""Pictures, videos and signals as data URLs."""

import base64
import tempfile
from pathlib import Path
from typing import Any

from tests.assistant.attachments.files import mp4, npy, png
from tests.openai_checks.server import Server, SkippedCheck


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def picture(url: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url or data_url(png())} | more}


def signal(url: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "time_series_url", "time_series_url": {"url": url or data_url(npy(), "application/x")} | more}


def video() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        content = mp4(Path(folder) / "film.mp4")
    return {"type": "video_url", "video_url": {"url": data_url(content, "video/mp4")}}


def asked(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [*parts, {"type": "text", "text": "What is this?"}]}]


def needs_media(server: Server) -> None:
    if not server.reads_media:
        raise SkippedCheck("the model reads text only")


def a_model_that_reads_text_only_says_so(server: Server) -> None:
    if server.reads_media:
        raise SkippedCheck("the model reads media")
    error = server.refusal(messages=asked(picture()))
    assert error["param"] == "messages[0].content[0].image_url.url" and "text only" in error["message"]


def a_picture_is_read(server: Server) -> None:
    needs_media(server)
    alone = server.chat(asked(), max_tokens=1).usage.prompt_tokens
    assert server.chat(asked(picture()), max_tokens=2).usage.prompt_tokens > alone + 20


def a_picture_is_the_same_in_a_stream(server: Server) -> None:
    needs_media(server)
    streamed = [
        chunk.choices[0].delta.content or "" for chunk in server.chat(asked(picture(detail="auto")), stream=True)
    ]
    assert "".join(streamed) == server.chat(asked(picture())).choices[0].message.content


def several_pictures_are_read(server: Server) -> None:
    needs_media(server)
    one = server.chat(asked(picture()), max_tokens=1).usage.prompt_tokens
    assert server.chat(asked(picture(), picture(data_url(png(64, 64)))), max_tokens=1).usage.prompt_tokens > one


def a_video_is_read(server: Server) -> None:
    needs_media(server)
    assert server.chat(asked(video()), max_tokens=2).choices[0].message.content


def a_signal_is_read_with_its_rate(server: Server) -> None:
    needs_media(server)
    answers = [server.chat(asked(signal(**rate)), max_tokens=2) for rate in ({"sampling_rate": 100}, {})]
    assert all(answer.choices[0].message.content for answer in answers)


def a_picture_in_the_system_turn_is_read(server: Server) -> None:
    needs_media(server)
    messages = [{"role": "system", "content": [picture()]}, {"role": "user", "content": "What is this?"}]
    assert server.chat(messages, max_tokens=2).usage.prompt_tokens > 20


def a_file_of_another_kind_is_refused(server: Server) -> None:
    needs_media(server)
    error = server.refusal(messages=asked(picture(data_url(npy()))))
    assert error["param"] == "messages[0].content[0].image_url.url" and "signal" in error["message"]


def a_damaged_file_is_refused(server: Server) -> None:
    needs_media(server)
    error = server.refusal(messages=asked(picture(data_url(png()[:400]))))
    assert error["code"] == "unreadable_media"


def what_is_not_base64_is_refused(server: Server) -> None:
    needs_media(server)
    for url in (
        "data:image/png;base64,%%%%",
        "data:image/png,abc",
        "data:image/png;base64,A",
        "data:",
        "data:;base64,",
    ):
        server.refusal(messages=asked(picture(url)))


def addresses_are_never_opened(server: Server) -> None:
    needs_media(server)
    for url in (
        *("http://127.0.0.1/a.png", "https://example.com/a.png", "http://169.254.169.254/", "http:\\\\evil@127.0.0.1"),
        *("/etc/passwd", "file:///etc/passwd", "ftp://x/y", "http://[::1]/", "http://2130706433/", "../a.png"),
    ):
        error = server.refusal(messages=asked(picture(url)))
        assert error["code"] in ("url_not_allowed", "invalid_url"), (url, error)


def a_web_address_is_refused_with_the_way_out(server: Server) -> None:
    needs_media(server)
    error = server.refusal(messages=asked(picture("https://example.com/a.png")))
    assert "--allow-media-urls" in error["message"]


def too_many_files_are_refused(server: Server) -> None:
    error = server.refusal(messages=asked(*[picture(data_url(b"x"))] * 17))
    assert error["code"] == "too_many_files" and "16" in error["message"]


def sound_and_files_are_refused_by_name(server: Server) -> None:
    for kind in ("input_audio", "file", "refusal"):
        error = server.refusal(messages=asked({"type": kind, kind: {"data": "", "format": "wav"}}))
        assert error["param"] == "messages[0].content[0].type" and kind in error["message"]


def another_detail_than_the_models_is_refused(server: Server) -> None:
    error = server.refusal(messages=asked(picture(detail="low")))
    assert error["param"] == "messages[0].content[0].image_url.detail"


CHECKS = (
    a_model_that_reads_text_only_says_so,
    a_picture_is_read,
    a_picture_is_the_same_in_a_stream,
    several_pictures_are_read,
    a_video_is_read,
    a_signal_is_read_with_its_rate,
    a_picture_in_the_system_turn_is_read,
    a_file_of_another_kind_is_refused,
    a_damaged_file_is_refused,
    what_is_not_base64_is_refused,
    addresses_are_never_opened,
    a_web_address_is_refused_with_the_way_out,
    too_many_files_are_refused,
    sound_and_files_are_refused_by_name,
    another_detail_than_the_models_is_refused,
)
