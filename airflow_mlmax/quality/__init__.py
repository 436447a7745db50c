"""Checks of data: suites of expectations, the engines that run them, and the verdict on a data set."""
