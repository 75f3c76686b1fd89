"""Sections about keys: groups of rows that stand together, and rows of the same key."""

from contenders import (
    ARROW_UNIQUE,
    DUCKDB_LISTS,
    OUR_ROWS,
    POLARS_LISTS,
    POLARS_UNIQUE,
)
from harness import MIB, Harness, scratch_bound
from results import Claim, Section, render

from rows.tables import Keys, Sources, written
from rows.turns import (
    MATRIX,
    OWN_CALLS,
    Rules,
    Sizes,
    entrant,
    measure,
    plain_touch,
    show,
)

BYTES_A_KEY = 24
"""What a distinct key may cost at most."""
KEY_ITEM_BYTES = 8


def groups(harness: Harness, sizes: Sizes) -> Section:
    """Find groups of sorted rows, against the plain load, and lists of others against ours."""
    sources = Sources(sizes.group_rows)
    columns = len(sources.features)
    section = harness.section("groups", rows=sizes.group_rows, columns=columns)
    path = written(harness.folder, sources, harness.say)
    # The numbers are float64, and stay so in the lists of others.
    options = {"dtype": "float64"}
    touch = plain_touch(sizes.group_rows * columns, itemsize=8)
    plain = entrant(harness, OUR_ROWS, path, sources.features, **options).touching(touch)
    options["group"] = "src"
    ours = entrant(harness, OUR_ROWS, path, sources.features, **options).touching(touch)
    own = Rules(harness.rounds, calls=OWN_CALLS, same=MATRIX)
    measure(harness, section, "plain load", (plain, plain), own)
    row = measure(harness, section, "groups / plain load", (plain, ours), own)
    if row is None:
        raise RuntimeError("there is nothing to compare with")
    row["nbytes"] += KEY_ITEM_BYTES * sizes.group_rows  # the array of keys is output, too
    above = (row["peak"] - row["nbytes"]) / MIB
    bound = scratch_bound(row["nbytes"]) / MIB
    section.claims.append(Claim("groups: MiB above the arrays", above, bound))
    for contender in harness.available(section, (POLARS_LISTS, DUCKDB_LISTS)):
        other = entrant(harness, contender, path, sources.features, **options)
        _lists(harness, section, (ours, other), row)
    show(section, "plain load or ours")
    return section


def _lists(harness: Harness, section: Section, pair: tuple, ours: dict) -> None:
    """Time what makes lists; the groups must be ours, and the record tells whether in order."""
    found = measure(harness, section, "lists / ours", pair, Rules(harness.rounds, same=()))
    if found is None:
        return
    lists, expected = found["facts"]["groups"], ours["facts"]["groups"]
    if any(lists[fact] != expected[fact] for fact in ("count", "digest")):
        raise RuntimeError(f"{found['contender']}: other groups than ours: {lists}, {expected}")
    found["in_order"] = lists["order"] == expected["order"]
    if not found["in_order"]:
        section.skipped.append(f"{found['contender']}: rows of a group are not in their order")
        harness.say(section.skipped[-1])


def duplicates(harness: Harness, sizes: Sizes) -> Section:
    """Keep the first row of each text key, where each occurs twice: time and memory, by seeds."""
    columns = len(Keys.features)
    section = harness.section("duplicates", rows=sizes.key_rows, columns=columns, seeds=sizes.seeds)
    for seed in range(sizes.seeds):
        _duplicates(harness, section, sizes.key_rows, seed)
    show(section, "plain load or ours")
    _show_memory(section)
    return section


def _duplicates(harness: Harness, section: Section, rows: int, seed: int) -> None:
    """Measure one seed: there are several, so the rounds of each are fewer."""
    recipe = Keys(rows, seed)
    path = written(harness.folder, recipe, harness.say)
    rounds = max(1, harness.rounds // 2)
    touch = plain_touch(rows * len(recipe.features))
    plain = entrant(harness, OUR_ROWS, path, recipe.features).touching(touch)
    options = {"unique_on": "key"}
    ours = entrant(harness, OUR_ROWS, path, recipe.features, **options).touching(touch)
    own = Rules(rounds, calls=OWN_CALLS)
    row = measure(harness, section, f"seed {seed}: unique / plain load", (plain, ours), own)
    if row is None or row["facts"]["shape"][0] != rows // 2:
        raise RuntimeError(f"of {rows:,} rows, half of them duplicates, {row and row['facts']}")
    distinct = row["facts"]["shape"][0]
    row |= {"distinct": distinct, "bytes_a_key": round(row["peak"] / distinct, 1)}
    above = row["peak"] - row["nbytes"]
    row["above_a_key"] = round(above / distinct, 1)
    bound = scratch_bound(row["nbytes"]) + BYTES_A_KEY * distinct
    what = f"seed {seed}: MiB above the matrix"
    section.claims.append(Claim(what, above / MIB, bound / MIB))
    for contender in harness.available(section, (POLARS_UNIQUE, ARROW_UNIQUE)):
        other = entrant(harness, contender, path, recipe.features, **options)
        rules = Rules(rounds, same=MATRIX)
        measure(harness, section, f"seed {seed}: unique / ours", (ours, other), rules)


def _show_memory(section: Section) -> None:
    """Print what a distinct key costs, at the peak and above the matrix."""
    rows = [
        [row["what"], f"{row['distinct']:,}", f"{row['bytes_a_key']}", f"{row['above_a_key']}"]
        for row in section.rows
        if "distinct" in row
    ]
    header = ["", "distinct keys", "peak, bytes a key", "above the matrix, bytes a key"]
    print(f"\n{render(header, rows)}")
