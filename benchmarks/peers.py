"""Sections that compare onecopy with others: `peers` and `reads`."""

from pathlib import Path
from typing import Any

from bench_data import Shape
from contenders import (
    ARROW_READ,
    FAST_PEERS,
    HAND_LOOP,
    OUR_16,
    OUR_F,
    OUR_FILE,
    OURS,
    PEERS,
    POLARS_READ,
    REFERENCES,
    Contender,
)
from harness import MIB, Harness, scratch_bound
from memory import Measurement
from results import Claim, Section, curve, render
from rounds import Timing, alternate

# The bar for a bare read is lower where nothing is compressed: there it only maps pages.
READ_BARS = {"snappy": 1.5, "zstd": 1.5, "none": 2.0}
PEER_BARS = {"snappy": 6.0, "zstd": 6.0, "none": 8.0, "float64": 5.0}


def peers(harness: Harness) -> Section:
    """All contenders: memory over time, equality, and times in pairs with ours."""
    shape = harness.base
    section = harness.section("peers", codec=shape.codec)
    reference = harness.reference(shape)
    field = harness.available(section, (OURS, OUR_F, OUR_16, OUR_FILE, *PEERS, *REFERENCES))
    for contender in field:
        _measure(harness, section, contender, reference)
    ours = [row for row in section.rows if row["kind"] == "ours"]
    section.claims.extend(map(_memory_claim, ours))
    rivals = [row for row in section.rows if row["kind"] == "peer"]
    if rivals:
        best = min(rivals, key=lambda row: row["ratio"])
        what = f"times faster than the fastest peer, {best['contender']}"
        bar = PEER_BARS[shape.codec]
        section.claims.append(Claim(what, best["ratio"], 10.0, bar, at_least=True))
    _show(section)
    return section


def _measure(harness: Harness, section: Section, contender: Contender, reference: Path) -> None:
    """Sample and time one contender; a failure is told and kept, and the others go on."""
    ours, entrant = (harness.entrant(each, harness.base) for each in (OURS, contender))
    pair = [entrant] if contender is OURS else [ours, entrant]
    try:
        timings = harness.take_turns(pair, reference, cold=True)
        memory = harness.sample(entrant, timings[-1].taken, reference)
    except RuntimeError as error:
        harness.say(f"{contender.name} failed: {error}")
        section.skipped.append(f"{contender.name}: failed")
        return
    section.rows.append(_row(contender, memory, timings))


def _row(contender: Contender, memory: Measurement, timings: list[Timing]) -> dict[str, Any]:
    row = {
        "contender": contender.name,
        "kind": contender.kind,
        **timings[-1].record(),
        "ours_seconds": round(timings[0].median, 4),
        "ours_rounds": timings[0].record()["rounds"],
        "ratio": round(timings[-1].median / timings[0].median, 3),
        "peak": memory.peak,
        "peak_file": memory.peak_file,
        "curve": curve(memory),
    }
    return row | {key: memory.facts[key] for key in ("nbytes",) if key in memory.facts}


def _memory_claim(row: dict[str, Any]) -> Claim:
    """Hold the peak against the promise."""
    in_memory = 0 if row["contender"] == OUR_FILE.name else row["nbytes"]
    above = (row["peak"] - in_memory) / MIB
    return Claim(
        f"{row['contender']}: MiB above the output in memory",
        above,
        scratch_bound(row["nbytes"]) / MIB,
    )


def _show(section: Section) -> None:
    header = ["contender", "warm s", "cpu s", "cold s", "/ ours"]
    header += ["peak MB", "file MB", "peak / output", "equal"]
    rows = []
    for row in section.rows:
        output = row.get("nbytes")
        steps = row.get("one_step_columns")
        rows.append(
            [
                row["contender"] if row["kind"] != "reference" else f"({row['contender']})",
                f"{row['seconds']:.2f}",
                f"{row['cpu']:.2f}",
                f"{row['cold']:.2f}",
                f"{row['ratio']:.2f}",
                f"{row['peak'] / 1e6:,.0f}",
                f"{row['peak_file'] / 1e6:,.0f}",
                f"{row['peak'] / output:.2f}" if output else "",
                "" if steps is None else "yes" if not steps else f"1 step in {steps}",
            ]
        )
    print(f"\n{render(header, rows)}")


def reads(harness: Harness) -> Section:
    """Ours against bare reads, the fastest peer and the hand loop, for every kind of file."""
    section = harness.section("reads")
    shapes = {codec: harness.base.with_(codec=codec) for codec in READ_BARS}
    shapes["float64"] = harness.base.with_(kinds="float64")
    for kind, shape in shapes.items():
        harness.say(f"{kind}:")
        _read(harness, section, kind, shape)
    rows = [
        [
            f"{row['data']}: {row['contender']}",
            f"{row['seconds']:.2f}",
            f"{row['ours_seconds']:.2f}",
            f"{row['ratio']:.2f}",
        ]
        for row in section.rows
    ]
    print(f"\n{render(['data', 'warm s', 'ours s', '/ ours'], rows)}")
    return section


def _read(harness: Harness, section: Section, kind: str, shape: Shape) -> None:
    """Time ours in pairs on one data set, and claim."""
    field = [_fastest(harness, section, shape), HAND_LOOP, POLARS_READ, ARROW_READ]
    reference = harness.reference(shape)
    for contender in harness.available(section, [found for found in field if found]):
        pair = [harness.entrant(OURS, shape), harness.entrant(contender, shape)]
        ours, other = harness.take_turns(pair, reference)
        ratio = other.median / ours.median
        section.rows.append(
            {
                "data": kind,
                "contender": contender.name,
                **other.record(),
                "ours_seconds": round(ours.median, 4),
                "ours_cpu": ours.record()["cpu"],
                "ours_rounds": ours.record()["rounds"],
                "ratio": round(ratio, 3),
            }
        )
        section.claims.extend(_read_claims(kind, contender, ratio))


def _fastest(harness: Harness, section: Section, shape: Shape) -> Contender | None:
    """Find the fastest peer by one warm call of each that could be it."""
    field = harness.available(section, FAST_PEERS)
    seconds = {}
    for contender in field:
        (timing,) = alternate([harness.entrant(contender, shape)], 1)
        seconds[contender.name] = timing.median
    return min(field, key=lambda contender: seconds[contender.name], default=None)


def _read_claims(kind: str, contender: Contender, ratio: float) -> list[Claim]:
    if contender is POLARS_READ and kind in READ_BARS:
        what = f"{kind}: time over that of Polars' bare read"
        return [Claim(what, 1 / ratio, 1.0, READ_BARS[kind])]
    if contender is HAND_LOOP:
        return [Claim(f"{kind}: times faster than the hand loop", ratio, 6.0, at_least=True)]
    if contender.kind == "peer":
        what = f"{kind}: times faster than the fastest peer, {contender.name}"
        return [Claim(what, ratio, 10.0, PEER_BARS[kind], at_least=True)]
    return []
