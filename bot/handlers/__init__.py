"""One file per thing that happens. A handler tells its story in order and owns the transaction."""
