"""`predictor migrate`."""

import click

from entrypoints.commands.failures import load_settings, one_line_errors


@click.command()
def migrate() -> None:
    """Upgrade the database schema to this version."""
    from adapters.observability.logs import configure_logging
    from adapters.sql.schema.migrate import migrate as run

    settings = load_settings()
    configure_logging(settings.log_level)
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    with one_line_errors():
        run(settings.database)
    click.echo("The schema is up to date.")
