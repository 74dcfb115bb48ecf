import pytest

from assistant.settings import Settings, SettingsError, parse_settings


def test_without_options_the_defaults_hold():
    settings = parse_settings([], {})

    assert settings == Settings()
    assert (settings.model, settings.host, settings.port, settings.language) == ("nano", "127.0.0.1", 7860, None)


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (["--device", "cpu"], "device", "cpu"),
        (["--dtype=float32"], "dtype", "float32"),
        (["--max-model-len", "2048"], "max_model_len", 2048),
        (["--kv-cache-memory", "512M"], "kv_cache_memory", 512 * 2**20),
        (["--kv-cache-memory", "2g"], "kv_cache_memory", 2 * 2**30),
        (["--kv-cache-memory", "1000"], "kv_cache_memory", 1000),
        (["--max-num-seqs", "4"], "max_num_seqs", 4),
        (["--max-upload-size", "64M"], "max_upload_size", 64 * 2**20),
        (["--host", "::1"], "host", "::1"),
        (["--port", "0"], "port", 0),
        (["--language", "zh"], "language", "zh"),
        (["--log-level", "debug"], "log_level", "debug"),
        (["--drain-seconds", "0"], "drain_seconds", 0),
        (["--engine-url", "http://gpu:8000"], "engine_url", "http://gpu:8000/v1"),
        (["--engine-url", "https://gpu/api/v1/"], "engine_url", "https://gpu/api/v1"),
        (["--engine-url", "http://[::1]:8000/v1"], "engine_url", "http://[::1]:8000/v1"),
        (["--engine-url", "http://gpu", "--engine-model", "a/b"], "engine_model", "a/b"),
        (["--engine-url", "http://gpu", "--engine-media", "signal, image"], "engine_media", ("image", "signal")),
        (["--engine-url", "http://gpu", "--engine-media", "none"], "engine_media", ()),
        (["--allow-media-urls", "a.example, [::1]:80"], "allow_media_urls", ("a.example", "[::1]:80")),
        (["--host", "127.0.0.2"], "host", "127.0.0.2"),
        (["--public"], "public", True),
        (["--root-path", "/a/lab"], "root_path", "/a/lab"),
        (["--embedded-in", "https://Example.org"], "embedded_in", ("https://example.org",)),
        (["--max-answers", "2"], "max_answers", 2),
        (["--max-answers-per-session", "1"], "max_answers_per_session", 1),
        (["--max-sessions", "10"], "max_sessions", 10),
        (["--public", "--allowed-hosts", "a.example, B.example"], "allowed_hosts", ("a.example", "b.example")),
        (["--public", "--trusted-proxies", "10.0.0.0/8,::1"], "trusted_proxies", ("10.0.0.0/8", "::1")),
    ],
)
def test_an_option_sets_its_value(arguments, name, value):
    settings = parse_settings(arguments, {})

    assert getattr(settings, name) == value


def test_a_key_comes_from_the_environment_and_is_never_shown():
    settings = parse_settings(["--engine-url", "http://gpu"], {"BENCHSIDE_ENGINE_KEY": "sk-secret"})

    assert settings.engine_key == "sk-secret"
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--engine-url", "gpu:8000"],
            "--engine-url is 'gpu:8000'; allowed: the address of an OpenAI-compatible server",
        ),
        (["--engine-url", "http://me:sk-secret@gpu"], "--engine-url is 'http://***@gpu'; allowed: "),
        (["--engine-url", "http://gpu/v1?key=a"], "--engine-url is "),
        (["--engine-url", "http://gpu:99999"], "--engine-url is "),
        (["--engine-url", "http://gpu", "--engine-key", "sk secret"], "--engine-key holds characters that no key has"),
        (["--engine-url", "http://gpu", "--engine-media", "smell"], "--engine-media names 'smell'; allowed: image, "),
        (
            ["--engine-url", "http://gpu", "--device", "cpu"],
            "--device is for a model in this process, and --engine-url",
        ),
        (["--engine-key", "sk-secret"], "--engine-key is for another server's model; give --engine-url with it."),
    ],
)
def test_options_of_another_server_are_refused_without_showing_a_key(arguments, sentence):
    with pytest.raises(SettingsError) as error:
        parse_settings(arguments, {})

    assert str(error.value).startswith(sentence)
    assert "secret" not in str(error.value)


def test_a_model_folder_and_a_gguf_file_are_models(tmp_path):
    gguf = tmp_path / "model.gguf"
    gguf.touch()

    assert parse_settings(["--model", str(tmp_path)], {}).model == str(tmp_path)
    assert parse_settings(["--model", str(gguf)], {}).model == str(gguf)


def test_the_data_folder_need_not_exist_yet(tmp_path):
    settings = parse_settings(["--data-dir", str(tmp_path / "new")], {})

    assert settings.data_dir == tmp_path / "new"


def test_the_environment_sets_options_and_the_command_line_wins():
    environment = {"BENCHSIDE_PORT": "8000", "BENCHSIDE_LANGUAGE": "zh", "PORT": "9000"}

    settings = parse_settings(["--port", "8001"], environment)

    assert (settings.port, settings.language) == (8001, "zh")


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["--shared"], {}, "--shared is not an option of Benchside; allowed: --model, "),
        (["--auth-file=/no/such"], {}, "--auth-file is '/no/such', which is not there; python -m assistant.access"),
        (["--api-keys-file=/tmp"], {}, "--api-keys-file is '/tmp', which is not there; python -m assistant.access"),
        (["--host", "example.org"], {}, "--host is 'example.org'; allowed: localhost, or an address of this machine"),
        (["--root-path", "lab/"], {}, "--root-path is 'lab/'; allowed: a path that begins with / and does not end"),
        (["--allowed-hosts", "a b"], {}, "--allowed-hosts holds 'a b'; allowed: a host name, with commas between"),
        (["--trusted-proxies", "proxy"], {}, "--trusted-proxies holds 'proxy'; allowed: an address or a network"),
        (["--embedded-in", "example.org"], {}, "--embedded-in holds 'example.org'; allowed: an origin such as"),
        (["--share=1"], {}, "--share: ignored explicit argument '1'; every option takes one value, except --share"),
        ([], {"BENCHSIDE_SHARE": "maybe"}, "BENCHSIDE_SHARE is 'maybe'; allowed: 1 or 0."),
        (["--allow-media-urls", "a.example,"], {}, "--allow-media-urls names ''; allowed: HOST[,HOST], with :PORT for"),
        (["--allow-media-urls", "http://a"], {}, "--allow-media-urls names 'http://a'; allowed: HOST[,HOST], with"),
        (["--mod", "nano"], {}, "--mod is not an option of Benchside; allowed: --model, "),
        (["now"], {}, "now is not an option of Benchside; allowed: --model, "),
        (["--port"], {}, "--port: expected one argument; every option takes one value, except --share and --public."),
        (["--port", "web"], {}, "--port is 'web'; allowed: a whole number from 0 to 65,535."),
        (["--port", "65536"], {}, "--port is '65536'; allowed: a whole number from 0 to 65,535."),
        (["--port", "-1"], {}, "--port is '-1'; allowed: a whole number from 0 to 65,535."),
        (["--device", "tpu"], {}, "--device is 'tpu'; allowed: auto, cpu, cuda."),
        (["--dtype", "int4"], {}, "--dtype is 'int4'; allowed: auto, float32, bfloat16, int8."),
        (["--language", "fr"], {}, "--language is 'fr'; allowed: en, zh."),
        (["--log-level", "loud"], {}, "--log-level is 'loud'; allowed: debug, info, warning, error."),
        (["--max-num-seqs", "0"], {}, "--max-num-seqs is '0'; allowed: a whole number from 1 to 1,024."),
        (["--max-model-len", "1.5"], {}, "--max-model-len is '1.5'; allowed: a whole number from 1 to 10,000,000."),
        (["--kv-cache-memory", "lots"], {}, "--kv-cache-memory is 'lots'; allowed: bytes, or a number with K, M or G"),
        (["--max-upload-size", "0"], {}, "--max-upload-size is '0'; allowed: bytes, or a number with K, M or G"),
        (["--model", "/no/such"], {}, "--model is '/no/such', which is not there; allowed: nano, a folder"),
        (["--data-dir", "/dev/null"], {}, "--data-dir is '/dev/null', which is not a folder; allowed: a folder"),
        (["--trace", "/no/such/file"], {}, "--trace is '/no/such/file', which cannot be written; allowed: a file in"),
        (["--trace", "/tmp"], {}, "--trace is '/tmp', which cannot be written; allowed: a file in a folder that is"),
        ([], {"BENCHSIDE_PORT": "x"}, "BENCHSIDE_PORT is 'x'; allowed: a whole number from 0 to 65,535."),
        ([], {"BENCHSIDE_SHARES": "1"}, "BENCHSIDE_SHARES is not a setting of Benchside; allowed: BENCHSIDE_MODEL, "),
    ],
)
def test_a_wrong_option_is_refused_in_one_line_with_what_is_allowed(arguments, environment, sentence):
    with pytest.raises(SettingsError) as refusal:
        parse_settings(arguments, environment)

    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host", "0.0.0.0"],
        ["--host", "::"],
        ["--host", "192.168.1.5"],
        ["--share"],
        ["--allowed-hosts", "lab.example"],
        ["--trusted-proxies", "127.0.0.1"],
    ],
    ids=lambda arguments: arguments[0] + arguments[-1],
)
def test_what_others_can_reach_needs_a_password_or_to_be_public_on_purpose(arguments, tmp_path):
    people = tmp_path / "people.txt"
    people.touch()

    with pytest.raises(SettingsError, match=r"give --auth-file FILE .*, or --public to open it to everybody\.$"):
        parse_settings(arguments, {})

    assert parse_settings([*arguments, "--public"], {}).is_hosted
    assert parse_settings([*arguments, "--auth-file", str(people)], {}).is_hosted


def test_public_and_a_password_exclude_each_other(tmp_path):
    (tmp_path / "people.txt").touch()

    with pytest.raises(SettingsError, match="give one of them"):
        parse_settings(["--public", "--auth-file", str(tmp_path / "people.txt")], {})


@pytest.mark.parametrize(("text", "value"), [("1", True), ("true", True), ("0", False), ("no", False)])
def test_a_switch_is_a_number_or_a_word_in_the_environment(text, value):
    assert parse_settings([], {"BENCHSIDE_PUBLIC": text}).public is value


SPACE = {"SPACE_ID": "lab/desk", "SPACE_HOST": "lab-desk.hf.space"}


def test_in_a_space_the_page_is_public_behind_the_spaces_front_door():
    settings = parse_settings([], SPACE)

    assert (settings.host, settings.port, settings.public) == ("0.0.0.0", 7860, True)
    assert settings.allowed_hosts == ("lab-desk.hf.space",)
    assert settings.embedded_in == ("https://huggingface.co",)
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_in_a_space_a_password_closes_the_page_and_options_go_first(tmp_path):
    (tmp_path / "people.txt").touch()

    settings = parse_settings([], SPACE | {"BENCHSIDE_AUTH_FILE": str(tmp_path / "people.txt"), "BENCHSIDE_PORT": "80"})

    assert (settings.public, settings.auth_file, settings.port) == (False, tmp_path / "people.txt", 80)


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as stop:
        parse_settings(["--help"], {})

    text = capsys.readouterr().out
    assert stop.value.code == 0
    assert all("--" + name.replace("_", "-") in text for name in Settings.__slots__)
