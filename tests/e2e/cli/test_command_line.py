"""The command line, and the package as it is installed."""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from adapters.sql.schema.tables import SCHEMA_REVISION
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import IMAGES


def predictor(*arguments: str | Path, cwd: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PREDICTOR, *arguments],
        env=environment(**settings),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_classify_prints_labels_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    text = tmp_path / "letter.png"
    text.write_text("Dear Sir")
    done = predictor("classify", IMAGES / "coffee.png", text, IMAGES / "camera.png", "missing.png", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.split(": ")[1].rsplit(" ", 1)[0] for line in lines] == ["espresso", "tripod"]
    assert done.stderr.splitlines() == [
        f"{text}: The data is not a JPEG, PNG, WebP, GIF or BMP image.",
        "missing.png: No such file or directory",
    ]


def test_classify_speaks_json(tmp_path: Path) -> None:
    done = predictor("classify", "--json", "--top", "3", IMAGES / "coffee.png", cwd=tmp_path)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["prediction"] == "espresso"
    assert len(answer["top"]) == 3
    assert not (tmp_path / "data").exists()


def test_models_marks_the_chosen_one(tmp_path: Path) -> None:
    lines = predictor("models", cwd=tmp_path, model="resnet50").stdout.splitlines()
    assert "* resnet50" in lines
    assert {"  efficientnet_lite0", "  squeezenet1_0"} <= set(lines)


def test_migrate_makes_the_schema_and_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        assert predictor("migrate", cwd=tmp_path, data_dir="here").returncode == 0
    assert revision(tmp_path / "here" / "predictor.db") == SCHEMA_REVISION


def test_migrations_run_from_a_wheel(tmp_path: Path) -> None:
    repository = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, repository],
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = "import migrations; print(migrations.__file__); from entrypoints.cli import main; main(['migrate'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment() | {"PYTHONPATH": str(tmp_path / "site"), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path / "site"))
    assert revision(tmp_path / "data" / "predictor.db") == SCHEMA_REVISION


def revision(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        return found
    finally:
        connection.close()


def test_the_api_s_modules_import_no_torch() -> None:
    script = (
        "import sys, adapters.http, adapters.http.app, entrypoints.container, entrypoints.cli, entrypoints.serve;"
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("arguments", [["--help"], ["submit", "--help"], ["serve", "--help"]])
def test_help_imports_nothing_that_it_does_not_need(arguments: list[str]) -> None:
    script = (
        f"import sys; from entrypoints.cli import main; main({arguments}, standalone_mode=False);"
        "assert not {'torch', 'httpx', 'sqlalchemy', 'rich', 'numpy', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
