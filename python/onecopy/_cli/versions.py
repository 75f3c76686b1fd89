"""`versions`: what is installed, for a report of a problem."""

import argparse

from onecopy._cli.failures import DONE
from onecopy._cli.output import show, show_json
from onecopy._versions import described, versions


def run_versions(given: argparse.Namespace) -> int:
    """List versions."""
    if given.json:
        show_json(versions())
    else:
        show(described(versions()))
    return DONE
