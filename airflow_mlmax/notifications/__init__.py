"""Short messages to the people behind a model, through Airflow's own notifiers."""
