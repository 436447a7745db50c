"""Monitoring schedules: when one fires, and the processing job that it then starts."""
