"""Starts the comparison: `python3 compare.py --help`."""

import runpy

if __name__ == "__main__":
    runpy.run_module("comparison", run_name="__main__", alter_sys=True)
