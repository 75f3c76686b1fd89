"""`onecopy bench`: the user's own data, loaded in the ways that are installed."""
