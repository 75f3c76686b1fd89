"""The benchmark of choosing rows, by the command line of `bench_rows.py`.

| file | content |
| --- | --- |
| `tables.py` | the data: events of a year, groups, text keys |
| `turns.py` | entrants that take turns, their ratios and memory, and the table |
| `filters.py` | sections: a week, weeks, symbols, a filter that keeps everything |
| `places.py` | sections: a split, and other orders of rows |
| `keys.py` | sections: groups, duplicates |
| `facts.py` | what a result holds, whatever the order of its rows |
| `picture.py` | the picture |
"""
