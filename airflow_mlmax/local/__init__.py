"""A SageMaker and S3 compatible endpoint that really runs the jobs, as processes on this machine."""
