"""What the tests need from the machine: a browser and the fonts it draws Vietnamese with.

`python -m tests.machine` installs what is missing on Debian when it may (as root, or in CI),
and otherwise says what to install. PostgreSQL comes with the development packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDS = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-dejavu-core": lambda: Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").exists(),
    "fonts-noto-color-emoji": lambda: any(Path("/usr/share/fonts").rglob("NotoColorEmoji*")),
}


def missing() -> list[str]:
    """The Debian packages that are not there, by name."""
    return [package for package, is_there in NEEDS.items() if not is_there()]


def main() -> int:
    """Install what is missing, or say what to do. Returns the exit status."""
    wanted = missing()
    if not wanted:
        return 0
    if shutil.which("apt-get") and (os.environ.get("CI") or os.geteuid() == 0):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=True, env=env)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *wanted]
        subprocess.run(install, check=True, env=env)
        wanted = missing()
    if wanted:
        sys.stderr.write(
            f"The tests need: {', '.join(wanted)}. On Debian: apt-get install {' '.join(wanted)}\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
