"""What SageMaker means: job families, states, names, requests and results. No Airflow, no boto3, no pandas."""
