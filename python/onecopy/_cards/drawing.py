"""Small SVG pictures: bars of shares, histograms, a strip of many shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from onecopy._cards.frame import FILLED, MISSING, QUIET
from onecopy._render import escaped

_WIDTH, _HEIGHT = 120, 10
_NARROWEST = 1.5
_POINTS = 160


@dataclass(frozen=True)
class Share:
    """A part of a bar: its size, and its colour; None draws only what is around it."""

    size: float
    colour: str | None


def bar(shares: Sequence[Share], whole: float, words: str, width: int = _WIDTH) -> str:
    """Draw parts of a whole, one behind the other; a part that is not empty can be seen."""
    at = 0.0
    parts = []
    for share in shares:
        length = width * share.size / whole if whole else 0.0
        if share.size > 0:
            length = max(length, _NARROWEST)
        length = min(length, width - at)
        if share.colour and length > 0:
            place = f'x="{at:.4g}" width="{length:.4g}" height="{_HEIGHT}"'
            parts.append(f'<rect {place} fill="{share.colour}"/>')
        at += length
    return (
        f'<svg width="{width}" height="{_HEIGHT}" viewBox="0 0 {width} {_HEIGHT}" role="img" '
        f'aria-label="{escaped(words)}">{"".join(parts)}<rect x=".5" y=".5" width="{width - 1}" '
        f'height="{_HEIGHT - 1}" fill="none" stroke="{QUIET}" stroke-opacity=".7"/></svg>'
    )


def histogram(counts: Sequence[int], mark: float | None, words: str) -> str:
    """Draw counts; `mark` is the place of the fill, as a share of the range."""
    width, height, most = 96, 22, max(counts, default=0) or 1
    step = width / max(len(counts), 1)
    path = f"M0 {height}"
    for at, count in enumerate(counts):
        tall = height - (max(20 * count / most, 1.0) if count else 0.0)
        path += f"V{tall:.3g}H{(at + 1) * step:.3g}"
    marked = ""
    if mark is not None and 0 <= mark <= 1:
        x = min(max(mark * width, 0.5), width - 0.5)
        marked = f'<path d="M{x:.4g} 0V{height}" stroke="{MISSING}" stroke-width="1.5"/>'
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escaped(words)}"><path d="{path}V{height}Z" fill="{FILLED}"/>{marked}</svg>'
    )


def strip(shares: Sequence[float], words: str) -> str:
    """Draw the shares of many columns, the largest first."""
    width, height = 480, 30
    step = max(len(shares) // _POINTS, 1)
    # Of neighbours the largest is drawn, so that none is hidden.
    drawn = [max(shares[at : at + step]) for at in range(0, len(shares), step)]
    path = f"M0 {height}"
    for at, share in enumerate(drawn):
        top = height * (1 - share)
        path += f"V{top:.3g}H{(at + 1) * width / len(drawn):.4g}"
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escaped(words)}"><path d="{path}V{height}Z" fill="{FILLED}"/>'
        f'<path d="M0 {height - 0.5}H{width}" stroke="{QUIET}"/></svg>'
    )
