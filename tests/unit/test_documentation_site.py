"""Pages of the documentation that code generates. `make check` builds them, and refuses dead links."""

from pathlib import Path

from docs.api_reference import api_document
from docs.settings_reference import settings_reference
from docs.site_hooks import ELSEWHERE, STATES, generated
from docs.state_diagram import METHODS, Transition, changing_methods, drawing, transitions
from domain.prediction_state import PredictionStatus
from entrypoints.cli import main
from entrypoints.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = generated()


def test_every_method_that_changes_a_prediction_is_tried() -> None:
    assert set(METHODS) == changing_methods()


def test_the_state_diagram_tells_what_the_domain_allows() -> None:
    found = transitions()
    assert Transition(PredictionStatus.PROCESSING, PredictionStatus.FAILED, ("fail", "give_up")) in found
    assert not any(transition.before is PredictionStatus.SUCCEEDED for transition in found)


def test_every_transition_is_drawn() -> None:
    svg = drawing()
    assert svg.count("marker-end") == len(transitions())
    assert all(f">{state}</text>" in svg for state in PredictionStatus)


def test_the_reference_has_every_request_and_every_shape() -> None:
    document, page = api_document(), PAGES["reference/api.md"]
    requests = [f"## {method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]
    shapes = [f"### {name}" for name in document["components"]["schemas"]]
    assert set(requests + shapes) <= set(page.splitlines())


def test_the_reference_has_every_setting() -> None:
    rows = [line.split("`")[1] for line in settings_reference() if line.startswith("| `")]
    assert rows == [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def test_the_reference_has_every_command() -> None:
    page = PAGES["reference/commands.md"]
    assert all(f"predictor {name}" in page for name in main.commands)


def test_what_pages_refer_to_elsewhere_is_there() -> None:
    assert all((ROOT / source.partition("#")[0]).is_file() for source in ELSEWHERE)
    assert STATES in (ROOT / "docs" / "architecture.md").read_text()
