"""The CSV file."""

from pathlib import Path

import pytest

from predictor_cli.results_file import HEADER, NotAResultsFile, ResultsFile, Row

DONE = Row(file="a.png", uuid="1", status="succeeded", prediction="cup, of tea", score="0.5", key="k1")
QUEUED = Row(file="b.png", uuid="2", status="queued", key="k2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_every_row_is_on_disk_at_once(path: Path) -> None:
    results = ResultsFile(path)
    with results.open():
        assert lines(path) == [",".join(HEADER)]
        results.record(DONE)
        assert lines(path)[1:] == ['a.png,1,succeeded,"cup, of tea",0.5,,k1']


def test_only_a_label_for_the_same_submission_counts(path: Path) -> None:
    results = ResultsFile(path)
    with results.open():
        results.record(DONE)
        results.record(QUEUED)
    later = ResultsFile(path)
    known = [later.has_label(*of) for of in (("a.png", "k1"), ("a.png", "k9"), ("b.png", "k2"), ("c.png", "k1"))]
    assert known == [True, False, False, False]


def test_the_later_row_counts_and_others_stay(path: Path) -> None:
    for rows in ([DONE, QUEUED], [Row(file="b.png", uuid="2", status="succeeded", key="k2")]):
        results = ResultsFile(path)
        with results.open():
            for row in rows:
                results.record(row)
    assert [line.split(",")[0] for line in lines(path)[1:]] == ["a.png", "b.png"]
    assert ResultsFile(path).has_label("b.png", "k2")


def test_an_interruption_leaves_a_file_that_can_be_read(path: Path) -> None:
    results = ResultsFile(path)

    def be_interrupted() -> None:
        with results.open():
            results.record(DONE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert ResultsFile(path).has_label("a.png", "k1")


def test_a_line_that_was_left_half_written_is_gone(path: Path) -> None:
    results = ResultsFile(path)
    with results.open():
        results.record(DONE)
    whole = path.read_text()
    path.write_text(whole + "b.png,2,succ")
    with ResultsFile(path).open():
        assert path.read_text() == whole


def test_a_file_that_is_something_else_is_refused(path: Path) -> None:
    path.write_text("name,age\n")
    with pytest.raises(NotAResultsFile):
        ResultsFile(path)


def test_names_of_files_need_not_be_text(path: Path) -> None:
    odd = Row(file="caf\udce9.png", status="succeeded", key="k")
    results = ResultsFile(path)
    with results.open():
        results.record(odd)
    assert b"caf\xe9.png" in path.read_bytes()
    assert ResultsFile(path).has_label("caf\udce9.png", "k")
