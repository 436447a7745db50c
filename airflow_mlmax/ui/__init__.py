"""Pages in Airflow's UI, for the API server only."""
