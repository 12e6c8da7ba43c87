"""`predictor submit`, without labels: there is no engine."""

import csv
import json
from pathlib import Path

import pytest

from adapters.memory import MemoryUnitOfWork
from predictor_cli.results_file import HEADER
from tests.harness.builders import png
from tests.unit.cli.conftest import Predictor
from tests.unit.http.world import World


def pictures(folder: Path, count: int) -> list[str]:
    """The names of so many pictures, of which no two are the same."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(png(number, 1))
    return [str(path) for path in paths]


def rows(path: Path = Path("out.csv")) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def kept(world: World) -> int:
    assert isinstance(world.unit_of_work, MemoryUnitOfWork)
    return len(world.unit_of_work)


def test_files_folders_and_patterns_each_file_once(predictor: Predictor, world: World) -> None:
    [single, other] = pictures(Path("a"), 2)
    pictures(Path("b", "c"), 3)
    Path("b", "notes.txt").write_text("no picture")

    done = predictor("submit", single, "a", "b", "b/**/*.png", other)

    assert (done.exit_code, kept(world)) == (0, 5)
    assert {line.split(": ")[0] for line in done.stdout.splitlines()} == {
        "a/0.png", "a/1.png", "b/c/0.png", "b/c/1.png", "b/c/2.png",
    }  # fmt: skip
    assert done.stderr == "5 of 5 pictures: 5 submitted.\n"
    assert "\x1b" not in done.output


def test_a_second_time_changes_nothing(predictor: Predictor, world: World) -> None:
    [file] = pictures(Path("a"), 1)
    first, second = predictor("submit", file), predictor("submit", file)
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    assert kept(world) == 1


def test_other_content_other_options_and_another_run_are_another_prediction(predictor: Predictor, world: World) -> None:
    [file] = pictures(Path("a"), 1)
    predictor("submit", file)
    predictor("submit", "--top-k", "2", file)
    predictor("submit", "--run", "again", file)
    Path(file).write_bytes(png(9, 1))
    predictor("submit", file)
    assert kept(world) == 4


def test_what_is_said_about_a_picture_arrives(predictor: Predictor) -> None:
    [file] = pictures(Path("a"), 1)
    options = ("--name", "cup", "--model", "squeezenet1_0", "--top-k", "2", "--priority", "9", "--expires-in", "60")
    answer = json.loads(predictor("submit", "--json", *options, file).stdout)
    assert (answer["file"], answer["name"], answer["model"], answer["status"]) == (
        file,
        "cup",
        "squeezenet1_0",
        "queued",
    )


def test_the_standard_input(predictor: Predictor, world: World) -> None:
    for _ in range(2):
        assert json.loads(predictor("submit", "--json", "-", input=png()).stdout)["name"] == "stdin"
    assert kept(world) == 2


def test_one_bad_file_is_not_in_the_way_of_the_others(predictor: Predictor, world: World) -> None:
    files = pictures(Path("a"), 2)
    Path("letter.png").write_text("Dear Sir")
    done = predictor("submit", files[0], "letter.png", "missing.png", files[1])
    assert (done.exit_code, kept(world)) == (1, 2)
    assert sorted(done.stderr.splitlines()) == [
        "4 of 4 pictures: 2 failed, 2 submitted.",
        "letter.png: The data is not a JPEG, PNG, WebP, GIF or BMP image.",
        "missing.png: No such file or directory.",
    ]


def test_the_csv_has_a_row_for_each_file(predictor: Predictor) -> None:
    pictures(Path("a"), 2)
    Path("a", "letter.png").write_text("Dear Sir")
    for _ in range(2):
        done = predictor("submit", "--csv", "out.csv", "a")
        found = {row["file"]: row for row in rows()}
        assert Path("out.csv").read_text().splitlines()[0] == ",".join(HEADER)
        assert len(rows()) == len(found) == 3
        assert [found[f"a/{number}.png"]["status"] for number in range(2)] == ["queued", "queued"]
        assert found["a/letter.png"]["error"] == "The data is not a JPEG, PNG, WebP, GIF or BMP image."
        assert done.stdout == ""


def test_a_file_that_somebody_else_wrote_stays_as_it_is(predictor: Predictor) -> None:
    pictures(Path("a"), 1)
    Path("out.csv").write_text("name,age\nAda,36\n")
    done = predictor("submit", "--csv", "out.csv", "a")
    assert done.exit_code == 2
    assert Path("out.csv").read_text() == "name,age\nAda,36\n"


@pytest.mark.parametrize("arguments", [(), ("empty",), ("no*thing",), ("--top-k", "0", "a.png")])
def test_a_wrong_command_line(predictor: Predictor, arguments: tuple[str, ...]) -> None:
    Path("empty").mkdir()
    assert predictor("submit", *arguments).exit_code == 2


def test_nobody_listens(predictor: Predictor) -> None:
    pictures(Path("a"), 1)
    done = predictor("submit", "--url", "http://127.0.0.1:9", "a")
    assert done.exit_code == 3
    assert done.stderr.startswith("predictor: The service at http://127.0.0.1:9 cannot be reached")
    assert predictor("submit", "--url", "http://host:port", "a").exit_code == 2
