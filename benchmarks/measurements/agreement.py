"""Share of labels that agree with the reference, and accuracy where the right labels are known."""

import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from adapters.vision.models.model_choice import ModelChoice
from benchmarks.bench import Bench, choice_of
from benchmarks.figures import Figure, Target

_TARGETS = {"fp32": Target("labels", 0.99), "int8": Target("labels", 0.97)}
# nXXXXXXXX_label.JPEG: the synset and its name.
_LABELLED = re.compile(r"n\d{8}_(.+)\.\w+")


def measure(bench: Bench) -> list[Figure]:
    """The labels of the reference path and of both precisions."""
    choices = {precision: choice_of(precision) for precision in _TARGETS}
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        labels = process.submit(_labels, bench.pictures, choices).result()
    figures = []
    for precision, target in _TARGETS.items():
        same = sum(a == b for a, b in zip(labels[precision], labels["reference"], strict=True))
        what = f"{precision}: labels as the reference gives them, of {len(bench.pictures)}"
        figures.append(Figure(what, same, "images", same / len(bench.pictures), "reference", target))
    return figures + _right_ones(bench, labels)


def _right_ones(bench: Bench, labels: dict[str, list[str]]) -> list[Figure]:
    found = [_LABELLED.fullmatch(name) for name in bench.picture_names]
    known = [(number, _plain(match[1])) for number, match in enumerate(found) if match]
    if not known:
        return []
    right = {way: sum(_plain(given[number]) == truth for number, truth in known) for way, given in labels.items()}
    share = {way: 100 * count / len(known) for way, count in right.items()}
    return [Figure(f"{way}: top-1, of {len(known)} labelled", percent, "%") for way, percent in share.items()]


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", label.lower()).strip()


def _labels(pictures: Sequence[bytes], choices: dict[str, ModelChoice]) -> dict[str, list[str]]:
    # Imported in the process that runs it only: it brings torch.
    from benchmarks.agreement import reference_scores, served_scores

    chosen = list(pictures)
    some = next(iter(choices.values()))
    labels = {"reference": [label for label, _ in reference_scores(chosen, some.model, some.weights)]}
    return labels | {way: [label for label, _ in served_scores(chosen, choice)] for way, choice in choices.items()}
