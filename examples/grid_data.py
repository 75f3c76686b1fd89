"""The data of the notebooks: the grid of a town, with what real readings have in them.

`write_grid` writes a Parquet file for each day, with a reading of each station every quarter of an
hour, and a table of the stations. Readings are sorted by time. Sensors fail now and then, a meter
divides by zero, one station is in no table, and what is to be foretold is not always known. The
same arguments give the same values.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

FIRST_DAY = date(2026, 1, 1)
STEPS = 96
"""Readings of a day: one every quarter of an hour."""
AHEAD = 4
"""How many steps ahead the load is to be foretold: an hour."""

_Floats = NDArray[np.float64]
_SKIES = ["clear", "clouds", "rain", "snow"]
_ALARMS = ["calm", "busy", "full"]
_DISTRICTS = ["harbour", "hill", "market", "mill"]
_QUARTER = 15 * 60


@dataclass(frozen=True)
class _Stations:
    names: NDArray[np.str_]
    capacity: _Floats
    """What a station can give, in kW."""
    heated: _Floats
    """How much of its load depends on how cold it is."""


def write_grid(folder: str | Path, days: int = 30, stations: int = 60, seed: int = 0) -> None:
    """Write `readings/<day>.parquet` and `stations.parquet` into a folder.

    Files that are there already are written again.
    """
    random = np.random.default_rng(seed)
    readings = Path(folder) / "readings"
    readings.mkdir(parents=True, exist_ok=True)
    grid = _Stations(
        names=np.array([f"S{at:03}" for at in range(stations)]),
        capacity=random.choice([250.0, 400.0, 630.0], stations),
        heated=random.uniform(0.2, 0.9, stations),
    )
    pq.write_table(_station_table(grid, random), Path(folder) / "stations.parquet")
    steps = days * STEPS
    alike = _alike(steps, random)
    load = _loads(grid, alike["temperature"], random)
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        table = _day(number, grid, alike, load, random)
        pq.write_table(table, readings / f"{day}.parquet")


def _station_table(grid: _Stations, random: np.random.Generator) -> pa.Table:
    """Describe the stations, but for the last one, which is new."""
    known = len(grid.names) - 1
    serviced = [FIRST_DAY - timedelta(days=int(ago)) for ago in random.integers(1, 900, known)]
    households = random.poisson(grid.capacity[:known] * 0.6)
    return pa.table(
        {
            "station": grid.names[:known],
            "district": random.choice(_DISTRICTS, known),
            "capacity": grid.capacity[:known],
            "households": pa.array(households, mask=random.random(known) < 0.1),
            "serviced": pa.array(serviced, pa.date32()),
        }
    )


def _alike(steps: int, random: np.random.Generator) -> dict[str, _Floats]:
    """Make what is alike for all stations: the weather and the price, which wander."""
    hours = np.arange(steps) / 4
    wandering = np.cumsum(random.normal(0, 0.15, steps))
    wandering -= np.linspace(0, wandering[-1], steps)
    return {
        "temperature": 3 + 4 * np.sin((hours - 9) * np.pi / 12) + wandering,
        "wind": random.gamma(2, 3, steps),
        "price": 80 * np.exp(np.cumsum(random.normal(0, 0.01, steps))),
    }


def _loads(grid: _Stations, temperature: _Floats, random: np.random.Generator) -> _Floats:
    """Make the load of each station at each step, an hour beyond the last day included."""
    steps = len(temperature) + AHEAD
    hour = np.arange(steps) / 4 % 24
    habit = np.exp(-(((hour - 8) / 2) ** 2)) + 1.3 * np.exp(-(((hour - 19) / 2.5) ** 2))
    cold = np.maximum(0, 15 - np.append(temperature, np.repeat(temperature[-1], AHEAD))) / 15
    noise = random.normal(0, 0.02, (steps, len(grid.names)))
    for step in range(1, steps):
        noise[step] += 0.9 * noise[step - 1]
    share = 0.15 + 0.3 * habit[:, None] + 0.4 * grid.heated * cold[:, None] + noise
    return np.maximum(share, 0.02) * grid.capacity


def _day(
    number: int,
    grid: _Stations,
    alike: dict[str, _Floats],
    load: _Floats,
    random: np.random.Generator,
) -> pa.Table:
    """Make the readings of a day, sorted by time and then by station."""
    stations, rows = len(grid.names), STEPS * len(grid.names)
    first = number * STEPS
    steps = slice(first, first + STEPS)
    clock = np.repeat(np.arange(STEPS) * _QUARTER, stations)
    start = (FIRST_DAY - date(1970, 1, 1)).days + number
    now, later = (load[steps.start + by : steps.stop + by].ravel() for by in (0, AHEAD))
    used = later / np.tile(grid.capacity, STEPS)
    alarm = np.digitize(used, [0.5, 0.75])
    temperature = np.repeat(alike["temperature"][steps], stations)
    sky = np.clip(random.integers(0, 3, rows) + (temperature < 0), 0, 3)
    power = random.uniform(0.8, 1.0, rows)
    # A meter that divided by nothing.
    power[random.random(rows) < 0.002] = np.inf

    def gaps(values: NDArray[np.generic], share: float) -> pa.Array:
        return pa.array(values, mask=random.random(rows) < share)

    unknown = random.random(rows) < 0.02
    return pa.table(
        {
            "time": pa.array((start * 86_400 + clock) * 1000, pa.timestamp("ms", "UTC")),
            "hour": pa.array(clock / 3600, pa.float32()),
            "station": pa.array(grid.names).take(pa.array(np.tile(np.arange(stations), STEPS))),
            "sky": pa.DictionaryArray.from_arrays(gaps(sky, 0.01), _SKIES),
            "temperature": gaps(
                (temperature + random.normal(0, 0.3, rows)).astype(np.float32), 0.04
            ),
            "wind": gaps(np.repeat(alike["wind"][steps], stations), 0.03),
            "price": np.repeat(alike["price"][steps], stations),
            "load": gaps(now, 0.02),
            "power_factor": power,
            "is_weekend": np.full(rows, (FIRST_DAY + timedelta(days=number)).weekday() > 4),
            "next_load": pa.array(later, mask=unknown),
            "alarm": pa.array(_ALARMS).take(pa.array(alarm, mask=unknown)),
        }
    )
