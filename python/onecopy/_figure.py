"""The figure of a report, drawn with matplotlib where it is installed."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as _Figure  # type: ignore[import-not-found, unused-ignore]

_SHOWN = 30


def draw(
    title: str,
    seconds: Mapping[str, float],
    shares: Mapping[str, float],
    unmatched: Mapping[str, float],
) -> "_Figure":
    """Draw stages, shares of missing values and of unmatched rows, the largest first."""
    try:
        make = import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise ImportError(
            'plot() needs matplotlib; install it with: pip install "onecopy[plot]"'
        ) from error
    charts = [
        (name, values)
        for name, values in (
            ("seconds", dict(seconds)),
            ("% of values missing", _largest(shares)),
            ("% of rows unmatched", _largest(unmatched)),
        )
        if values
    ]
    heights = [1 + 0.25 * len(values) for _, values in charts] or [1.0]
    figure: _Figure = make(figsize=(8, 1 + sum(heights)), layout="constrained")
    figure.suptitle(title, fontsize="small", wrap=True)
    axes: Any = figure.subplots(len(heights), squeeze=False, height_ratios=heights)
    for axis, (label, values) in zip(axes[:, 0], charts, strict=False):
        names = [name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…" for name in values]
        places = range(len(names))
        axis.barh(places, list(values.values()))
        axis.set_yticks(places, names)
        axis.invert_yaxis()
        axis.set_xlabel(label)
    return figure


def _largest(shares: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return {name: 100 * share for name, share in ordered[:_SHOWN]}
