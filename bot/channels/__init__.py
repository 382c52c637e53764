"""One file a channel: it translates, and nothing else."""
