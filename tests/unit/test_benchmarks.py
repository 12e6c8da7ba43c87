"""The arithmetic of the benchmarks, and their table; nothing is measured here."""

import math

import pytest

from benchmarks.figures import Figure, Target, median, quantile, ratio_of_rounds, table
from benchmarks.speed import Speed, typical


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.25, 1), (0.5, 2), (0.75, 3), (0.99, 4), (1.0, 4)])
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert quantile([3, 1, 4, 2], share) == expected


def test_there_is_no_quantile_of_nothing() -> None:
    assert math.isnan(median([]))


def test_a_ratio_is_taken_within_each_round() -> None:
    # The machine became twice as fast in the second round; the two are as far apart as before.
    assert ratio_of_rounds([50, 100, 50], [100, 200, 100]) == 0.5


def test_the_ratio_has_to_meet_the_target_where_there_is_one() -> None:
    least, most = Target("1", 0.85), Target("6", 1.2, at_most=True)
    assert Figure("rate", 3, "images/s", 0.9, "limit", least).met is True
    assert Figure("rate", 3, "images/s", 0.8, "limit", least).met is False
    assert Figure("time", 1, "ms", 1.3, "few rows", most).met is False
    assert Figure("time", 1, "ms", target=most).met is True
    assert Figure("time", 1, "ms").met is None


def test_the_table_is_markdown_and_names_what_was_missed() -> None:
    header, rule, first, second = table(
        [Figure("rate", 1234.5, "images/s", 0.8, "limit", Target("1", 0.85)), Figure("time", 0.01234, "ms")]
    ).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, first, second)]
    assert set(rule) == {"|", "-", " "}
    assert cells == [
        ["What", "Value", "Unit", "Ratio", "To", "Target", "Met"],
        ["rate", "1,234", "images/s", "0.800", "limit", "1: >= 0.85", "NO"],
        ["time", "0.0123", "ms", "", "", "", ""],
    ]


def test_a_figure_says_in_json_whether_it_meets_its_target() -> None:
    told = Figure("rate", 3.0, "images/s", 0.9, "limit", Target("1", 0.85)).as_json()
    assert (told["met"], told["target"]) == (True, {"number": "1", "bound": 0.85, "at_most": False})


def test_the_typical_speed_is_the_median_of_each_number() -> None:
    speeds = [Speed(100, {"API": 0.003, "worker": 0.01}), Speed(120, {"API": 0.001, "worker": 0.02})]
    speeds.append(Speed(90, {"API": 0.002, "worker": 0.03}))
    assert typical(speeds) == Speed(100, {"API": 0.002, "worker": 0.02})
    assert typical(speeds).cpu_seconds_an_image == pytest.approx(0.022)
