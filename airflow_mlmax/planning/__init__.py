"""What DAGs would send to AWS, told without AWS."""
