"""What a Vietnamese field message says: numbers, dates, places and kinds, with no I/O."""
