"""`python -m benchmarks [turns|tick|progress|reading …] [--quick]`: one benchmark after another, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping

QUICKLY: Mapping[str, tuple[str, ...]] = {
    "turns": ("--quick",),
    "tick": ("--quick",),
    "progress": ("--quick",),
    "reading": ("--quick",),
    "cases": ("--cases", "2000"),
}
"""The benchmarks in the order they run, and what makes each of them short."""


def main() -> int:
    """Run what was named, or everything. Returns 1 when one of them could not be run, or measured something wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of: {', '.join(QUICKLY)}")
    parser.add_argument("--quick", action="store_true", help="short runs that prove they work")
    told = parser.parse_args()
    unknown = sorted(set(told.names) - set(QUICKLY))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    failed = [name for name in told.names or QUICKLY if not _run(name, quick=told.quick)]
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _run(name: str, *, quick: bool) -> bool:
    print(f"\n=== {name} ===", flush=True)
    words = [sys.executable, "-m", f"benchmarks.{name}", *(QUICKLY[name] if quick else ())]
    return subprocess.run(words, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
