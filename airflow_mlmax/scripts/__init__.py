"""Programs that run inside containers: they import nothing of the package and keep to Python 3.10, numpy and pyarrow."""
