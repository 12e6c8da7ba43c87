from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import application
import domain
from application.classify.run_inference import InferenceFailed
from application.ports.image_store import ImageMissing
from domain import errors
from domain.errors import InvalidField, PredictorError


def tree(root: type[PredictorError]) -> Iterator[type[PredictorError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def defined_in(*packages: ModuleType) -> list[type[PredictorError]]:
    """The errors of these packages, whatever else happens to be imported."""
    for package in packages:
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    places = tuple(f"{package.__name__}." for package in packages)
    return [error for error in tree(PredictorError) if error.__module__.startswith(places)]


# The adapters' own stand for some of these, and share their codes.
ALL = defined_in(domain, application)


def test_the_tree_reaches_every_layer() -> None:
    assert {errors.StaleAttempt, ImageMissing, InferenceFailed} <= set(ALL)


def test_every_error_explains_itself_in_one_sentence() -> None:
    texts = {error: (error.__doc__ or "").strip() for error in ALL}
    assert [error for error, text in texts.items() if not text.endswith(".") or "\n" in text] == []


def test_every_code_is_used_once() -> None:
    codes = [error.code for error in ALL]
    assert len(set(codes)) == len(codes)


def test_the_docstring_is_the_default_message() -> None:
    assert errors.EmptyImage().message == "The image is empty."
    assert errors.EmptyImage("Nothing there.").message == "Nothing there."


def test_a_field_error_names_its_field() -> None:
    error = InvalidField("top_k", "Too many.")
    assert (error.field, error.message) == ("top_k", "Too many.")
