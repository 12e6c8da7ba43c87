"""A second model, which can be told from the first by its labels."""

import json
import subprocess
from pathlib import Path

import onnx

from adapters.vision.models.model_choice import DEFAULT_MODEL
from adapters.vision.models.model_description_json import DESCRIPTION_KEY
from tests.harness.processes import PREDICTOR, environment

# Its labels are those of the default model with this before them.
NEW = "new "


def other_model(folder: Path) -> Path:
    """The file of the default model with labels of its own, under the same name; made where it is missing."""
    file = folder / f"{DEFAULT_MODEL}.onnx"
    if not file.exists():
        subprocess.run([PREDICTOR, "export", DEFAULT_MODEL, "-o", file], env=environment(), check=True)
        model = onnx.load(file)
        entry = next(entry for entry in model.metadata_props if entry.key == DESCRIPTION_KEY)
        facts = json.loads(entry.value)
        entry.value = json.dumps(facts | {"labels": [NEW + label for label in facts["labels"]]})
        onnx.save(model, file)
    return file
