"""Task groups and DAG factories from which the DAGs in dags/ are composed."""
