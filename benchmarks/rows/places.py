"""Sections about where rows go: a split into parts, and other orders.

All use the data set of `make bench`. Each is held against the plain load of the same file, and so
is what a user would do after a plain load.
"""

from dataclasses import replace

from contenders import NUMPY_SHUFFLE, NUMPY_SORT, OUR_ROWS, SKLEARN_SPLIT, Contender
from harness import MIB, Harness, scratch_bound
from results import Claim, Section

from rows.turns import MATRIX, OWN_CALLS, Rules, Sizes, measure, save_reference, show, take_turns

SHARES = {"train": 0.8, "valid": 0.1, "test": 0.1}
SORT_KEY = "feature_011"
"""A float column without gaps, in no order."""
BYTES_A_ROW = 8
"""What another order may cost beside the matrix."""


def _claim(section: Section, bytes_a_row: int) -> None:
    """Hold the memory of our rows but the first against the promise."""
    for row in section.rows[1:]:
        if row["kind"] == "ours":
            bound = scratch_bound(row["nbytes"]) + bytes_a_row * section.settings["rows"]
            above = (row["peak"] - row["nbytes"]) / MIB
            section.claims.append(Claim(f"{row['what']}: MiB above the matrix", above, bound / MIB))


def split(harness: Harness, sizes: Sizes) -> Section:
    """Split by shares into three parts, and with scikit-learn after a load; against the load."""
    section = harness.section("split", rows=sizes.rows, columns=sizes.columns)
    plain = harness.entrant(OUR_ROWS, harness.base)
    ours = harness.entrant(OUR_ROWS, harness.base, split=SHARES)
    _check_split(harness, sizes)
    own = Rules(harness.rounds, calls=OWN_CALLS)
    measure(harness, section, "plain", (plain, plain), own)
    # Fills are those of the first part, so the matrix is not that of a plain load.
    measure(harness, section, "split", (plain, ours), replace(own, same=("shape",)))
    for contender in harness.available(section, (SKLEARN_SPLIT,)):
        other = harness.entrant(contender, harness.base, split=SHARES)
        measure(harness, section, "split", (plain, other), Rules(harness.rounds, same=MATRIX))
    _claim(section, BYTES_A_ROW)
    show(section, "plain")
    return section


def _check_split(harness: Harness, sizes: Sizes) -> None:
    """See that the parts have all rows and the right counts, with a fill that is always the same.

    So rows can be compared with those of a plain load.
    """
    plain = harness.entrant(OUR_ROWS, harness.base, fill=0)
    ours = harness.entrant(OUR_ROWS, harness.base, fill=0, split=SHARES)
    _, found = take_turns(harness, [plain, ours], Rules(0, same=MATRIX))
    for name, share in SHARES.items():
        if abs(found.facts["parts"][name] - share * sizes.rows) > 1:
            raise RuntimeError(f"parts are {found.facts['parts']}")


def orders(harness: Harness, sizes: Sizes) -> Section:
    """Sort rows by a column and shuffle them, against the plain load."""
    section = harness.section("orders", rows=sizes.rows, columns=sizes.columns)
    plain = harness.entrant(OUR_ROWS, harness.base)
    own = Rules(harness.rounds, calls=OWN_CALLS, same=MATRIX)
    measure(harness, section, "plain", (plain, plain), own)
    cases = (
        ("sorted", {"sort_by": SORT_KEY}, NUMPY_SORT),
        ("shuffled", {"shuffle": True}, NUMPY_SHUFFLE),
    )
    for what, options, contender in cases:
        ours = harness.entrant(OUR_ROWS, harness.base, **options)
        measure(harness, section, what, (plain, ours), own)
        _after(harness, section, what, contender, options)
    _claim(section, BYTES_A_ROW)
    show(section, "plain")
    return section


def _after(
    harness: Harness, section: Section, what: str, contender: Contender, options: dict[str, object]
) -> None:
    """Time the same order made after a plain load; a sorted matrix must be ours, row by row."""
    for each in harness.available(section, (contender,)):
        plain = harness.entrant(OUR_ROWS, harness.base)
        other = harness.entrant(each, harness.base, **options)
        rules = Rules(harness.rounds, same=MATRIX)
        if "sort_by" in options:
            ours = harness.entrant(OUR_ROWS, harness.base, **options)
            path = save_reference(harness, ours, what)
            take_turns(harness, [other], Rules(0, reference=path))
            path.unlink()
        measure(harness, section, what, (plain, other), rules)
