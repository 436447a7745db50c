"""A profile of a data set: what its columns hold, what looks wrong, a suite of checks and a page to read."""
