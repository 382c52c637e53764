"""Settings: each named with its unit and an example when wrong, and no secret in sight. The key file too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.secret_key import SecretKeyError, key_file, known_keys, new_key, secret_key, secret_keys
from bot.settings import PREFIX, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's reaches these tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default_that_works_at_once():
    """A fresh clone runs without any setting."""
    settings = load_settings()
    assert settings.database_url.startswith("sqlite:///")
    assert settings.web_chat


def test_the_environment_is_read_and_then_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Where both speak, the environment wins."""
    (tmp_path / ".env").write_text("SOXANH_PORT=9000\nSOXANH_NUDGE_HOUR=7\n", encoding="utf-8")
    monkeypatch.setenv("SOXANH_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.nudge_hour) == (9001, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "0"),
        ("port", "web"),
        ("public_url", "soxanh.example.vn"),
        ("nudge_hour", "22"),
        ("photo_limit_mb", "0"),
        ("log_level", "LOUD"),
        ("web_chat", "maybe"),
    ],
)
def test_a_wrong_setting_is_named_with_its_meaning_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    """The line can be acted on without the manual."""
    env = f"{PREFIX}{name.upper()}"
    monkeypatch.setenv(env, value)
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    said = str(wrong.value)
    assert said.startswith(f"{env}: ")
    assert str(Settings.model_fields[name].description) in said
    assert f"Example: {env}=" in said


def test_all_wrong_settings_come_at_once(monkeypatch: pytest.MonkeyPatch):
    """One line each."""
    monkeypatch.setenv("SOXANH_PORT", "0")
    monkeypatch.setenv("SOXANH_NUDGE_HOUR", "99")
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    assert len(str(wrong.value).splitlines()) == 2


def test_every_setting_says_what_it_is_and_shows_an_example():
    """The table in the guide for officials is made of these."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.examples, name


def test_secrets_do_not_show_in_print(monkeypatch: pytest.MonkeyPatch):
    """Whatever is logged by accident holds stars."""
    key = new_key()
    monkeypatch.setenv("SOXANH_SECRET_KEY", key)
    monkeypatch.setenv("SOXANH_TELEGRAM_TOKEN", "123456:AAsecret")
    shown = f"{load_settings()!r} {load_settings()}"
    assert key not in shown
    assert "AAsecret" not in shown


# --- the key ---------------------------------------------------------------------------------


def settings_in(folder: Path, key: str | None = None) -> Settings:
    """Settings with this data folder and key."""
    return Settings(_env_file=None, data_dir=folder, secret_key=SecretStr(key) if key else None)


def test_a_key_is_made_once_and_read_ever_after(tmp_path: Path):
    """44 letters, readable for its owner only."""
    settings = settings_in(tmp_path / "data")
    (made,) = secret_keys(settings)
    assert len(made) == 44
    assert key_file(settings).stat().st_mode & 0o777 == 0o600
    assert secret_keys(settings) == (made,)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_asking_whether_there_is_a_key_makes_none(tmp_path: Path):
    """The doctor only looks."""
    settings = settings_in(tmp_path / "data")
    assert known_keys(settings) is None
    assert not (tmp_path / "data").exists()


async def test_processes_that_start_together_end_with_one_key(tmp_path: Path):
    """However they race, all seal with the same."""
    settings = settings_in(tmp_path / "data")
    found = await asyncio.gather(*(asyncio.to_thread(secret_keys, settings) for _ in range(16)))
    assert len(set(found)) == 1
    assert len(list((tmp_path / "data").iterdir())) == 1


def test_the_setting_outdoes_the_file_and_may_hold_several(tmp_path: Path):
    """The first seals, all open: that is how keys are rotated."""
    old, new = new_key(), new_key()
    settings = settings_in(tmp_path, f"{new},{old}")
    assert secret_keys(settings) == (new, old)
    assert secret_key(settings) == f"{new},{old}"
    assert not key_file(settings).exists()


SOUND_KEY = "c28teGFuaC1raG9hLXRodS1uZ2hpZW0tMzItYnl0ZXM="
"""The same in every run: test names must not be drawn at random."""


@pytest.mark.parametrize("broken", ["", "short", "x" * 44, f"{SOUND_KEY},no"])
def test_a_key_that_is_none_is_refused_and_not_repeated(tmp_path: Path, broken: str):
    """From the setting and from the file alike."""
    (tmp_path / "secret.key").write_text(broken, encoding="ascii")
    with pytest.raises(SecretKeyError) as wrong:
        secret_keys(settings_in(tmp_path))
    assert "soxanh doctor --new-key" in str(wrong.value)
    if broken:
        assert broken not in str(wrong.value)
        with pytest.raises(SecretKeyError):
            secret_keys(settings_in(tmp_path, broken))
    assert (tmp_path / "secret.key").read_text(encoding="ascii") == broken
