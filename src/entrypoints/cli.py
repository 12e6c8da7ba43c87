"""The command line `predictor`."""

from importlib.metadata import version

import click

from entrypoints.commands.classify import classify
from entrypoints.commands.completion import completion
from entrypoints.commands.doctor import doctor
from entrypoints.commands.keys import keys
from entrypoints.commands.migrate import migrate
from entrypoints.commands.models import export, models, quantize
from entrypoints.commands.processes import api, serve, worker
from entrypoints.commands.purge import purge
from entrypoints.commands.webhook_secret import webhook_secret
from predictor_cli.commands import COMMANDS
from predictor_cli.service import EXIT_CODES


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(version("ml-prediction-system"), prog_name="predictor")
def main() -> None:
    """Classify pictures: submit them over HTTP, get their labels by uuid."""


for command in (
    *(*COMMANDS, serve, api, worker, classify),
    *(migrate, purge, keys, webhook_secret, models, export, quantize, doctor, completion),
):
    main.add_command(command)
