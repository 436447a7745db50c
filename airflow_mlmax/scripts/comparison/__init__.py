"""Compares two models on the same rows. Runs inside a container with numpy, as `python3 compare.py`."""
