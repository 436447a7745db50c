"""The record of every run, in PostgreSQL: tables, their migrations, what is written and what is read back.

Only tasks and commands import this, when they need it: a DAG file never does.
"""
