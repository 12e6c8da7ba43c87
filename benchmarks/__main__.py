"""Measure, and print a table.

    python -m benchmarks [NAME ...] [--images FOLDER] [--precision fp32|int8] [--quick]

Everything runs on private servers in a temporary folder. The results are written to benchmarks/results/ as well.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import Bench, NotPossible
from benchmarks.figures import Figure, table
from benchmarks.machine import describe_environment
from benchmarks.measurements import (
    accept,
    agreement,
    backlog,
    latency,
    lookup,
    memory,
    models,
    starts,
    throughput,
    waiters,
)
from entrypoints.settings import Settings

_RESULTS = Path(__file__).with_name("results")
_PRECISIONS = ("fp32", "int8")

Measure = Callable[[Bench], list[Figure]]

OTHERS: Mapping[str, Measure] = {
    "accept": accept.measure,
    "latency": latency.measure,
    "waiters": waiters.measure,
    "lookup": lookup.measure,
    "backlog": backlog.measure,
    "memory": memory.measure,
    "starts": starts.measure,
    "models": models.measure,
    "agreement": agreement.measure,
}
NAMES = [*throughput.CONTENDERS, *OTHERS]


def main() -> int:
    arguments = _arguments()
    facts = describe_environment()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        with Bench(Path(folder), arguments.images, arguments.quick, _precisions(arguments)) as bench:
            for name, measure in _steps(arguments.names or _usual()):
                figures += _measured(bench, name, measure)
        facts |= {
            "pictures": f"{len(bench.pictures)} of {sum(map(len, bench.pictures)) / len(bench.pictures):,.0f} bytes"
        }
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()), "\n")
    print(table(figures))
    for name, reason in bench.skipped.items():
        print(f"{name} was not measured: {reason}")
    _keep({**facts, "quick": arguments.quick, "skipped": bench.skipped, "figures": [f.as_json() for f in figures]})
    return 0


def _measured(bench: Bench, name: str, measure: Measure) -> list[Figure]:
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    try:
        return measure(bench)
    except NotPossible as reason:
        bench.skipped[name] = str(reason)
        return []


def _usual() -> list[str]:
    return [name for name in NAMES if name not in throughput.PEERS]


def _steps(names: Sequence[str]) -> list[tuple[str, Measure]]:
    """Those that are compared with each other are one step."""
    compared = [name for name in throughput.CONTENDERS if name in names]
    first: list[tuple[str, Measure]] = []
    if compared:
        first = [(" and ".join(compared), lambda bench: throughput.measure(bench, compared))]
    return [*first, *((name, OTHERS[name]) for name in OTHERS if name in names)]


def _precisions(arguments: argparse.Namespace) -> list[str]:
    """The product's own first; both, unless one is asked for or it has to be quick."""
    if arguments.precision:
        return [arguments.precision]
    own = Settings().precision
    return [own] if arguments.quick else [own, *(other for other in _PRECISIONS if other != own)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, and print a table.")
    parser.add_argument("names", nargs="*", metavar="NAME", type=_name, help=", ".join(NAMES))
    parser.add_argument("--images", type=Path, help="folder of pictures; without it some are derived from the tests'")
    parser.add_argument("--precision", choices=_PRECISIONS, help="of the model; default: both")
    parser.add_argument("--quick", action="store_true", help="as short as possible; the figures are rough")
    return parser.parse_args()


def _name(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NAMES)}")
    return name


def _keep(results: dict[str, object]) -> None:
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nkept in {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
