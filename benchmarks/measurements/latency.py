"""One picture on an idle service: from the first byte sent to the answer with its label."""

from contextlib import ExitStack

from benchmarks.bench import Bench
from benchmarks.client import Plan
from benchmarks.contenders import Embedded, InProcess, Production, Served
from benchmarks.figures import Figure, Target, median, quantile

# The result's commit and everything between it and the client who waits.
_LATE = Target("waiting", 10, at_most=True)
_TARGET = Target("4", 10, at_most=True)


def measure(bench: Bench) -> list[Figure]:
    """The services, and the classifier alone, in turn."""
    count, seconds = int(bench.full_or_quick(100, 10)), bench.full_or_quick(3, 1)
    with ExitStack() as running:
        alone = running.enter_context(InProcess(bench))
        services: dict[str, Served] = {
            "embedded": running.enter_context(Embedded(bench)),
            "production": running.enter_context(Production(bench)),
        }
        alone_seconds: list[float] = []
        taken: dict[str, list[float]] = {name: [] for name in services}
        late: dict[str, list[float]] = {name: [] for name in services}
        for _ in range(bench.rounds):
            alone_seconds += alone.times_of_one(count)
            for name, service in services.items():
                plan = Plan(service.url, bench.waiting_posts, 1, seconds, labels=True)
                outcome = bench.client.drive(plan)
                taken[name] += outcome.seconds
                late[name] += outcome.late
    base = median(alone_seconds)
    figures = [Figure("one picture in-process, p50", 1000 * base, "ms")]
    for name, each in taken.items():
        title = f"one picture on the idle service, {name}"
        figures += [
            Figure(f"{title}, p50", 1000 * median(each), "ms", median(each) / base, "in-process"),
            Figure(f"{title}, p99", 1000 * quantile(each, 0.99), "ms"),
            Figure(f"{title}, p50 above in-process", 1000 * (median(each) - base), "ms", target=_TARGET),
            Figure(
                "... from the end of the work to the answer, p50",
                1000 * median(late[name]),
                "ms",
                target=_LATE,
            ),
        ]
    return figures
