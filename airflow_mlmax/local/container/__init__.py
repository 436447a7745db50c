"""What stands in for a container: an interpreter for an image, its /opt/ml, and processes that see it."""
