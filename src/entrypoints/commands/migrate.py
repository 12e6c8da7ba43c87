"""`predictor migrate`."""

import click

from entrypoints.commands.failures import load_settings
from predictor_cli.service import FAILED, exit_with


@click.command()
@click.option("--new-image-store", is_flag=True, help="Start with an empty image store beside existing predictions.")
def migrate(new_image_store: bool) -> None:
    """Upgrade the database schema to this version, and set up the image store.

    An image store that is new, or older than its marker, gets it. One that is empty although the database has
    predictions is refused: most likely it is not mounted.
    """
    from adapters.observability.logs import configure_logging
    from adapters.sql.schema.migrate import migrate as run
    from application.upkeep.prepare_image_store import ImageStoreState
    from domain.errors import Unavailable
    from entrypoints.commands.check_runner import cause_of
    from entrypoints.container import Container

    settings = load_settings()
    configure_logging(settings.log_level)
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        run(settings.database)
        click.echo("The schema is up to date.")
        container = Container(settings=settings)
        state = container.prepare_image_store().execute(may_be_empty=new_image_store)
    except Unavailable as problem:
        exit_with(f"{problem}{cause_of(problem)}", FAILED)
    outcomes = {
        ImageStoreState.READY: "is ready",
        ImageStoreState.UNMARKED: "has pictures, and has got its marker",
        ImageStoreState.NEW: "is new, and was set up",
        ImageStoreState.LOST: "was empty, and was set up for new pictures",
    }
    click.echo(f"The image store at {container.image_store().location} {outcomes[state]}.")
