"""Starts a gate in a container, where this folder is the whole package: `python3 .../start.py`."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).resolve().parent
    # Not the folder itself: its modules would hide others of the same name.
    sys.path[0] = str(folder.parent)
    runpy.run_module(folder.name, run_name="__main__", alter_sys=True)
