"""S3 on this machine's disk: objects as files, their index in sqlite."""
