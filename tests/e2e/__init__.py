"""What a whole Airflow is needed for; a package, whose last test ends it."""
