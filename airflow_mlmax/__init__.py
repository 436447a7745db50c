"""Production machine-learning pipelines on Amazon SageMaker, as Airflow tasks that run exactly once."""

__version__ = "0.1.0"
