"""`inspect` and `plan`: what is in the files, and what a load would do; nothing is written."""

import argparse
from dataclasses import asdict
from typing import Any

from onecopy._cli.failures import DONE, NO_ROOM, with_flags
from onecopy._cli.options import given_options, one_source
from onecopy._cli.output import show, show_json
from onecopy._inspect import Inspection, inspect
from onecopy._load import plan
from onecopy._plan import Plan


def run_inspect(given: argparse.Namespace) -> int:
    """Describe the files."""
    names = given.sorted_by.split(",") if given.sorted_by else None
    found = inspect(one_source(given.source), sorted_by=names)
    if given.json:
        show_json(_inspection(found))
    else:
        show(with_flags(str(found)))
    return DONE


def _inspection(found: Inspection) -> dict[str, object]:
    document: dict[str, object] = asdict(found)
    document |= {"rows": found.rows, "row_groups": found.row_groups}
    if found.order is not None:
        is_sorted, together = found.order.is_sorted, found.order.stands_together
        document["order"] = asdict(found.order) | {
            "is_sorted": is_sorted,
            "stands_together": together,
        }
    return document


def run_plan(given: argparse.Namespace) -> int:
    """Explain a load."""
    planned: Plan[Any] = plan(one_source(given.source), **given_options(given))
    if given.json:
        show_json(plan_document(planned))
    else:
        show(planned.explain())
    return DONE if planned.enough_memory and planned.enough_disk else NO_ROOM


def plan_document(planned: Plan[Any]) -> dict[str, object]:
    """Return all public facts of a plan."""
    public = (name for name in dir(Plan) if isinstance(getattr(Plan, name), property))
    return {name: getattr(planned, name) for name in public if not name.startswith("_")}
