"""What a person sees while the stack works: a line per event with the time since the start."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_LOG_WIDTH = 120


class Screen:
    """Lines that stay, and on a terminal one line that moves."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = max(self.console.width, _LOG_WIDTH)
        self._start = time.monotonic()
        self._status: Status | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def say(self, line: str) -> None:
        minutes, seconds = divmod(int(self.elapsed), 60)
        self.console.print(f"[dim]{minutes}:{seconds:02}[/dim]  {line}", soft_wrap=True)

    def show(self, line: str) -> None:
        """Replaces the moving line; says nothing where there is no terminal."""
        if self._status:
            self._status.update(escape(line))

    @contextmanager
    def moving(self, line: str) -> Iterator[None]:
        """Keeps a moving line while the block runs."""
        with self.console.status(escape(line)) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None
