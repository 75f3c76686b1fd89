"""Cases of the benchmark of columns, a file for each kind."""
