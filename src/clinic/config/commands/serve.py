"""`clinic serve`: what `make run` ends with."""

from __future__ import annotations

import click
from django.conf import settings

from clinic.config.commands.demo import load_once, refuse_unfinished, shown_sign_ins
from clinic.config.fit import refuse_unfit
from clinic.config.serve import collect, free_port, migrate, serve


@click.command(name="serve", help="Serve the clinic on this machine, until it is told to end (Ctrl-C).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 for a free one. Default: $PORT, or 8000.")
def command(port: int | None) -> None:
    refuse_unfit()
    chosen = free_port(settings.HOME.port() if port is None else port)
    if settings.DEMO:
        load_once()
    refuse_unfinished()
    steps = migrate()
    if steps:
        click.echo(f"The database was brought up to date in {steps} steps.", err=True)
    if collect():
        click.echo("The static files were put in their place.", err=True)
    serve(chosen, ready=_tell)


def _tell(address: str) -> None:
    click.echo(f"\nThe clinic is open at  {address}")
    click.echo(f"Its records are in     {settings.HOME.folder}")
    sign_ins = shown_sign_ins()
    if sign_ins:
        click.echo(f"\nDemonstration: nobody here is real. Sign in at {address}sign-in/ as\n\n{sign_ins}")
    click.echo("Ctrl-C ends it.")
