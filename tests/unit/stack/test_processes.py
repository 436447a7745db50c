"""Processes end as a whole, also those of a stack that crashed."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.processes import Component, Register, end, last_lines, wait_until

CHILD_OF_ITS_OWN_GROUP = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; print('child', flush=True); time.sleep(600)"], start_new_session=True)
time.sleep(600)
"""


@pytest.fixture
def component(tmp_path: Path) -> Iterator[Component]:
    made = Component(
        "deaf", [sys.executable, "-c", CHILD_OF_ITS_OWN_GROUP], os.environ, tmp_path / "logs" / "deaf.log"
    )
    made.start()
    wait_until(lambda: len(made.family()) == 2, "the child", timeout=20)
    yield made
    end(made.family(), grace=0)
    made.wait()


def test_a_component_leads_its_own_group(component: Component) -> None:
    """A Ctrl-C at the terminal reaches the stack and not its parts."""
    assert os.getpgid(component.process.pid) == component.process.pid != os.getpgrp()


def test_ending_reaches_deaf_processes_and_children_in_other_groups(component: Component) -> None:
    """Neither an ignored SIGTERM nor an own session lets a process stay."""
    family = component.family()
    end(family, grace=0.5)
    assert not [
        process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def test_a_dead_component_says_how_it_ended(component: Component) -> None:
    """The message holds the exit status, the log's place and its last lines."""
    wait_until(lambda: "child" in component.log.read_text(), "the child's line", timeout=20)
    for process in component.family():
        os.kill(process.pid, signal.SIGKILL)
    component.wait()
    assert not component.alive
    with pytest.raises(StackError, match=r"deaf is not running \(exit status -9\); see .*deaf.log:\nchild"):
        _ = component.process


def test_a_new_start_ends_what_a_crash_left(component: Component, tmp_path: Path) -> None:
    """Processes in the register that still run are ended, and the register is empty afterwards."""
    register = Register(tmp_path / "processes.json")
    register.write([component])
    family = component.family()
    register.end_leftovers()
    assert not [
        process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert not register.path.exists()


def test_a_reused_process_id_is_left_alone(component: Component, tmp_path: Path) -> None:
    """Another program that has got the id of a dead one is not ended."""
    register = Register(tmp_path / "processes.json")
    register.path.write_text(f'{{"{component.process.pid}": 12345.0}}')
    register.end_leftovers()
    assert component.alive


def test_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    """The last lines, and a note where there is no log."""
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    assert last_lines(log, 2) == "two\nthree"
    assert last_lines(tmp_path / "none", 2) == "(no log)"


def test_waiting_in_vain_names_what_was_awaited() -> None:
    """A bounded wait ends in one clear line."""
    with pytest.raises(StackError, match="the moon: not within 0 seconds"):
        wait_until(lambda: False, "the moon", timeout=0)
