"""Starts the analyzer: `python3 analyze.py`, with the environment that `monitor.job` describes."""

import runpy

if __name__ == "__main__":
    runpy.run_module("monitor", run_name="__main__", alter_sys=True)
