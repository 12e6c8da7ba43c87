"""Pictures a second: the limit of the machine, and how near the system comes to it."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from benchmarks.bench import Bench, NotPossible
from benchmarks.contenders import Contender, Embedded, InProcess, Limit, Production
from benchmarks.figures import Figure, Target, ratio_of_rounds
from benchmarks.peers import LitServe
from benchmarks.speed import Speed, typical

CONTENDERS: Mapping[str, type[Contender]] = {
    "limit": Limit,
    "pipeline": InProcess,
    "embedded": Embedded,
    "production": Production,
    "litserve": LitServe,
}
# Needs what is not installed with the rest.
PEERS = ("litserve",)
_TARGETS = {"pipeline": Target("3", 1.1), "embedded": Target("2", 0.9), "production": Target("1", 0.85)}


def measure(bench: Bench, names: Sequence[str]) -> list[Figure]:
    """Measure the contenders in turn, round after round, beside the limit."""
    return [figure for precision in bench.precisions for figure in _measure(bench, precision, names)]


def _measure(bench: Bench, precision: str, names: Sequence[str]) -> list[Figure]:
    contenders: dict[str, Contender] = {}
    with ExitStack() as running:
        for name in dict.fromkeys(["limit", *names]):
            try:
                contenders[name] = running.enter_context(CONTENDERS[name](bench, precision))
            except NotPossible as reason:
                bench.skipped[name] = str(reason)
        speeds = _in_turn(bench, contenders)
    return [figure for name in contenders for figure in _figures(precision, name, speeds)]


def _in_turn(bench: Bench, contenders: Mapping[str, Contender]) -> dict[str, list[Speed]]:
    seconds = bench.full_or_quick(3, 1.5)
    speeds: dict[str, list[Speed]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender.speed(bench.full_or_quick(2, 0.5))
    for _ in range(bench.rounds):
        for name, contender in contenders.items():
            speeds[name].append(contender.speed(seconds))
    return speeds


def _figures(precision: str, name: str, speeds: Mapping[str, Sequence[Speed]]) -> list[Figure]:
    own, limit = typical(speeds[name]), typical(speeds["limit"])
    rates, limits = ([speed.rate for speed in speeds[which]] for which in (name, "limit"))
    compared = None if name == "limit" else ratio_of_rounds(rates, limits)
    cost, costs_limit = own.cpu_seconds_an_image, limit.cpu_seconds_an_image
    whose = "" if len(own.cpu) == 1 else ": " + ", ".join(f"{who} {1000 * cpu:.1f}" for who, cpu in own.cpu.items())
    against = "" if name == "limit" else "limit"
    return [
        Figure(f"{precision} {CONTENDERS[name].title}", own.rate, "images/s", compared, against, _TARGETS.get(name)),
        Figure(f"... CPU{whose}", 1000 * cost, "ms an image", compared and cost / costs_limit, against),
    ]
