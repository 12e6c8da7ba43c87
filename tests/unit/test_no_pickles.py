"""Nothing that is read can be a program: no pickles, neither from files nor between our own processes."""

import ast
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.vision.compiling.compiling_process import failure_fields, read_failure
from adapters.vision.models.model_errors import CannotCompile
from domain.errors import ModelUnavailable

SOURCE = Path(__file__).parents[2] / "src"
# Whatever unpickles, or hands pickles to another process.
UNPICKLING = {"pickle", "_pickle", "cPickle", "shelve", "marshal", "dill", "cloudpickle", "joblib", "multiprocessing"}
UNPICKLING |= {"concurrent.futures.ProcessPoolExecutor", "numpy.load", "torch.package", "yaml"}
ALLOWED = {
    # To know the error by which torch refuses a pickle with more than tensors.
    ("adapters/vision/models/weights_file.py", "pickle.UnpicklingError"),
    # Uvicorn starts API processes with `multiprocessing`, over pipes that only parent and child have; see ADR 0033.
    # These two wait for the end of the parent.
    ("entrypoints/api.py", "multiprocessing.parent_process"),
    ("adapters/runners/parent_watch.py", "multiprocessing.connection.wait"),
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unpickles(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in UNPICKLING for length in range(1, len(parts) + 1))


def test_no_module_can_unpickle() -> None:
    found = {(path, name) for path, tree in trees() for name in imports(tree) if unpickles(name)}
    assert found == ALLOWED


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


def is_safe(call: ast.Call) -> bool:
    return any(ast.unparse(keyword) == "weights_only=True" for keyword in call.keywords)


def test_torch_reads_tensors_only() -> None:
    loading = ("torch.load", "torch.jit.load", "torch.hub.load", "torch.hub.load_state_dict_from_url")
    found = [(path, call) for path, tree in trees() for call in calls(tree, *loading)]
    assert found
    assert [path for path, call in found if not is_safe(call)] == []


def test_numpy_is_never_allowed_to_unpickle() -> None:
    keywords = ((path, k) for path, tree in trees() for k in ast.walk(tree) if isinstance(k, ast.keyword))
    assert [path for path, keyword in keywords if keyword.arg == "allow_pickle"] == []


@pytest.mark.parametrize(
    "failure",
    [ModelUnavailable("No such model."), CannotCompile("no"), OSError(errno.ENOSPC, "No space", "/a"), OSError(5, "x")],
    ids=repr,
)
def test_failures_of_the_compiling_process_arrive_as_they_are(failure: Exception) -> None:
    arrived = read_failure(failure_fields(failure))
    assert type(arrived) is type(failure)
    assert str(arrived) == str(failure)


@pytest.mark.parametrize("outcome", [{}, {"kind": "SystemExit"}, {"kind": "OSError", "errno": "5"}, {"kind": 1}])
def test_an_unknown_outcome_is_a_failure(outcome: dict[str, object]) -> None:
    assert isinstance(read_failure(outcome), CannotCompile)


def test_success_is_no_failure() -> None:
    assert read_failure(failure_fields(None)) is None
    assert isinstance(read_failure(failure_fields(OSError("no number"))), CannotCompile)
