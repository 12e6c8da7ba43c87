"""All commands of the client."""

from predictor_cli.manage import cancel, delete, get, list_predictions, retry
from predictor_cli.status import status
from predictor_cli.submit import submit

COMMANDS = (submit, get, list_predictions, cancel, retry, delete, status)
