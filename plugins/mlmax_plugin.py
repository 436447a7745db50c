"""The report pages in Airflow's UI; Airflow finds the class by this import."""

from airflow_mlmax.ui.plugin import MLMaxPlugin  # noqa: F401  # what the plugins folder offers
