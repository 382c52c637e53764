"""The servers that `benchmarks/turns.py` measures, one file each, all of them served by `serving.py`."""
