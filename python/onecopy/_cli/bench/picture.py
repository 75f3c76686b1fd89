"""The picture: memory over time of each way, at one scale, and the size of the matrix as a line."""

from collections.abc import Sequence

from onecopy._cli.bench.turns import Turn
from onecopy._render import escaped, show_size

_WIDTH, _LEFT, _RIGHT, _TOP, _LINE = 760, 96, 12, 64, 54
_POINTS = 200
_COLOURS = ("#0072b2", "#d55e00", "#00875f", "#b1457f", "#7a6a00")


def picture(turns: Sequence[Turn], matrix_bytes: int) -> str:
    """Draw an SVG."""
    longest = max(turn.curve[-1][0] for turn in turns) or 1.0
    most = max(matrix_bytes, *(turn.peak for turn in turns)) or 1
    height = _TOP + len(turns) * _LINE + 40
    across = (_WIDTH - _LEFT - _RIGHT) / longest
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="13">'
        ),
        "<title>Memory over time of each way</title>",
        (
            "<style>text{fill:#1f2328}.axis{stroke:#6e7781}"
            "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}}</style>"
        ),
        f'<rect class="back" width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        (
            f'<text x="12" y="24" font-size="15" font-weight="600">Memory over time, '
            f"the matrix is {escaped(show_size(matrix_bytes))}</text>"
        ),
        '<text x="12" y="44">dashed: the matrix alone; all ways at one scale</text>',
    ]
    for at, turn in enumerate(turns):
        base = _TOP + (at + 1) * _LINE
        up = (_LINE - 14) / most
        parts += _curve(turn, _Place(base, across, up), _COLOURS[at % len(_COLOURS)], matrix_bytes)
    below = _TOP + len(turns) * _LINE + 20
    parts += [
        f'<text x="{_LEFT}" y="{below}">0 s</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="{below}" text-anchor="end">{longest:.2f} s</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)


class _Place:
    """Where a curve is drawn: its base line, pixels a second, pixels a byte."""

    def __init__(self, base: float, across: float, up: float) -> None:
        self.base, self.across, self.up = base, across, up

    def x(self, seconds: float) -> float:
        return _LEFT + seconds * self.across

    def y(self, size: float) -> float:
        return self.base - size * self.up


def _curve(turn: Turn, place: _Place, colour: str, matrix_bytes: int) -> list[str]:
    step = max(len(turn.curve) // _POINTS, 1)
    points = [(0.0, 0), *turn.curve[::step], turn.curve[-1]]
    line = " ".join(f"{place.x(at):.1f},{place.y(size):.1f}" for at, size in points)
    end, level = place.x(turn.curve[-1][0]), place.y(matrix_bytes)
    return [
        f'<text x="12" y="{place.base - 18:.0f}" font-weight="600">{escaped(turn.way)}</text>',
        (
            f'<text x="12" y="{place.base - 3:.0f}" font-size="11">{turn.seconds:.2f} s, '
            f"{show_size(turn.peak)}</text>"
        ),
        (
            f'<polygon points="{_LEFT},{place.base} {line} {end:.1f},{place.base}" fill="{colour}" '
            'fill-opacity="0.8"/>'
        ),
        (
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{level:.1f}" '
            f'y2="{level:.1f}" stroke-dasharray="4 4"/>'
        ),
        (
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place.base}" '
            f'y2="{place.base}"/>'
        ),
    ]
