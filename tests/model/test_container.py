"""The production container can make everything that it names."""

from pathlib import Path

from dependency_injector import providers

from adapters.sql.schema.migrate import migrate
from application.classify.run_inference import RunInference
from entrypoints.container import Container
from entrypoints.settings import Settings


def test_every_provider_resolves(tmp_path: Path, cache: Path) -> None:
    settings = Settings(data_dir=tmp_path, cache_dir=cache)
    migrate(settings.database)
    container = Container(settings=settings)
    made = {name: provider() for name, provider in container.providers.items()}
    assert isinstance(made["run_inference"], RunInference)
    assert not [name for name, thing in made.items() if thing is None]
    assert all(isinstance(provider, providers.Provider) for provider in container.providers.values())
    container.database().close()
