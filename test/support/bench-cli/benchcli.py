"""The stand-in of `npm run bench:commands`: a click program that imports what release tools import, and does next to nothing."""

import logging
import sys

import click
import cryptography.hazmat.primitives.asymmetric.rsa  # noqa: F401
import cryptography.x509  # noqa: F401
import jinja2
import requests  # noqa: F401
import yaml

VERDICT = jinja2.Template("task [{{ name }}] status is changed to [Pass]")


@click.group()
@click.option("-r", "--release", required=True)
@click.pass_context
def main(context, release):
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s: %(message)s")
    context.obj = yaml.safe_load("release: '%s'" % release)


@main.command()
@click.option("-i", "--job-id")
@click.pass_obj
def check(config, job_id):
    """Says its own release and job, several times, so that a foreign line would be seen."""
    for _ in range(5):
        click.echo("%s %s" % (config["release"], job_id))
    logging.info(VERDICT.render(name="Check"))
