"""What a session is beside its runs: how one waits for all of them, its board, its totals, its table and its file."""
