"""Starts the local runtime: `python -m airflow_mlmax.local --port 4566 --data-dir .mlmax/runtime`."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from airflow_mlmax.local.server import LocalRuntime, StartError


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns 1, with one line on standard error, if it cannot start."""
    options = _parser().parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    try:
        runtime = LocalRuntime(**vars(options))
    except (StartError, OSError, ValueError) as error:
        print(f"airflow_mlmax.local: {error}", file=sys.stderr)  # noqa: T201 - a command prints
        return 1
    with runtime:
        jail = runtime.engine.site.jail.name
        print(f"local runtime at {runtime.url}, data in {options.data_dir}, isolation {jail}", flush=True)  # noqa: T201 - a command prints
        over.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m airflow_mlmax.local", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="only the loopback interface is allowed")
    parser.add_argument("--port", type=int, default=4566, help="0 takes any free one (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of jobs, objects and logs")
    parser.add_argument("--workers", type=int, default=2, help="jobs at a time (default: %(default)s)")
    parser.add_argument(
        "--isolation",
        default="auto",
        choices=("auto", "namespace", "remap"),
        help="how a job gets its own /opt/ml",
    )
    parser.add_argument(
        "--interpreters", type=Path, help="TOML table of images and the Pythons that stand for them"
    )
    parser.add_argument(
        "--stop-grace",
        type=float,
        default=120.0,
        help="seconds between SIGTERM and SIGKILL (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
