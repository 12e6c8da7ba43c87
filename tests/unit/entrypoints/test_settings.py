from pathlib import Path

import pytest

from domain.image import ImageLimits
from entrypoints.settings import InvalidSettings, Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the developer's environment nor a `.env` counts here."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREDICTOR_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_by_default_everything_is_in_one_folder(tmp_path: Path) -> None:
    settings = Settings.load()
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 5000, "efficientnet_lite0")
    assert settings.database == f"sqlite:///{tmp_path}/data/predictor.db"
    assert settings.image_folder == Path("data/images")
    assert settings.limits == ImageLimits()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PREDICTOR_PORT=6000\nPREDICTOR_MODEL=resnet50\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PREDICTOR_PORT", "7000")
    monkeypatch.setenv("PREDICTOR_IMAGE_STORE_URL", "file:///var/lib/images")
    settings = Settings.load()
    assert (settings.port, settings.model) == (7000, "resnet50")
    assert settings.image_folder == Path("/var/lib/images")


def test_the_embedded_mode_keeps_compiled_models_with_its_data(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).for_embedded().cache_folder == tmp_path / "models"
    assert Settings(cache_dir=tmp_path / "shared").for_embedded().cache_folder == tmp_path / "shared"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "secret"),
        ("PORT", "70000"),
        ("MAX_IMAGE_BYTES", "0"),
        ("DATABASE_URL", "postgresql://user:secret@host/name"),
        ("BROKER_URL", "redis://secret"),
        ("IMAGE_STORE_URL", "ftp://secret"),
        ("MODEL", ""),
        ("LOG_LEVEL", "secret"),
    ],
)
def test_a_wrong_value_names_its_variable_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PREDICTOR_{name}", value)
    with pytest.raises(InvalidSettings) as refused:
        Settings.load()
    assert str(refused.value).startswith(f"PREDICTOR_{name}: ")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
