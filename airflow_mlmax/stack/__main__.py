"""`python -m airflow_mlmax.stack demo [--ci] [--full]`: Airflow, the local runtime and the flights pipelines on this machine."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.markup import escape

from airflow_mlmax.stack.chapters.scene import Scene
from airflow_mlmax.stack.demo import tell
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.report import report
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack

REPOSITORY = Path(__file__).parents[2]
UI_PORT = 8080
RUNTIME_PORT = 4566


class Interrupted(BaseException):
    """Someone asked the program to end: Ctrl-C, a closed terminal, SIGTERM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The demo as a program; returns its exit status."""
    options = _parse(arguments)
    screen = Screen()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        _check(options.state)
        _demo(options, screen)
    except StackError as error:
        screen.console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return 1
    except Interrupted:
        return 130
    return 0


def _demo(options: argparse.Namespace, screen: Screen) -> None:
    stack = Stack(
        options.state, REPOSITORY / "dags", port=options.port, runtime_port=RUNTIME_PORT, progress=screen.say
    )
    try:
        stack.start()
        screen.say(f"Airflow is up: {stack.url}  user {stack.user}  password {stack.password}")
        made = tell(Scene(stack, screen, REPOSITORY), options.backtest_step if options.full else None)
        report(screen, stack, made)
        if not options.ci:
            _stay(screen, stack)
    finally:
        _ignore_signals()
        screen.say("ending all processes")
        stack.close()


def _stay(screen: Screen, stack: Stack) -> None:
    screen.console.print("Everything stays up until Ctrl-C.")
    try:
        while not threading.Event().wait(2):
            stack.check()
    except Interrupted:
        return


def _check(state: Path) -> None:
    """Refuses at once what would fail late."""
    if not (REPOSITORY / "dags").is_dir():
        raise StackError(f"The demo runs from a clone of the repository; {REPOSITORY} has no folder dags.")
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(
            f"No permission to write {state} ({error.strerror}): choose another with --state."
        ) from None
    if not os.access(state, os.W_OK):
        raise StackError(f"No permission to write {state}: choose another with --state.")


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise Interrupted(signal.Signals(number).name)


def _ignore_signals() -> None:
    """Lets nothing interrupt the clean end, which takes a few seconds."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_mlmax.stack", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="the whole life of a model on this machine")
    demo.add_argument("--ci", action="store_true", help="end after the last step")
    demo.add_argument("--full", action="store_true", help="also the back-test over twelve months")
    demo.add_argument(
        "--backtest-step",
        type=int,
        default=14,
        metavar="DAYS",
        help="from one origin of the back-test to the next",
    )
    demo.add_argument(
        "--state", type=Path, default=REPOSITORY / ".mlmax", help="folder that keeps everything"
    )
    demo.add_argument(
        "--port", type=int, default=UI_PORT, help="preferred port of the UI (another if it is taken)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
