"""A whole Airflow on one machine, beside the laptop runtime: for the demo and the end-to-end tests."""
