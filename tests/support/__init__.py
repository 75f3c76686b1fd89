"""What tests share: an oracle, writers of files, processes that load, and paths."""
