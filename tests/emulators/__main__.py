"""Chat with the bot by hand: `python -m tests.emulators telegram|zalo-oa|zalo-bot --port N`.

Each name is a module with `async serve(port, webhook_url=None)`, imported only when asked for.
"""

import argparse
import asyncio
import importlib
from contextlib import suppress

MODULES = {
    "telegram": "tests.emulators.telegram_terminal",
    "zalo-oa": "tests.emulators.zalo_oa",
    "zalo-bot": "tests.emulators.zalo_bot",
}


def main() -> None:
    """Read the command line and serve until the person leaves."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators", description=__doc__)
    parser.add_argument("platform", choices=sorted(MODULES))
    parser.add_argument("--port", type=int, default=8081, help="TCP port on 127.0.0.1")
    parser.add_argument(
        "--webhook", default=None, help="URL events are posted to; Telegram's is set by setWebhook"
    )
    asked = parser.parse_args()
    platform = importlib.import_module(MODULES[asked.platform])
    with suppress(KeyboardInterrupt):
        asyncio.run(platform.serve(asked.port, asked.webhook))


if __name__ == "__main__":
    main()
