"""Run by Alembic: migrates over the connection, and in the transaction, of `airflow_mlmax.records.schema`."""

from alembic import context

from airflow_mlmax.records.schema import options

context.configure(connection=context.config.attributes["connection"], **options())
with context.begin_transaction():
    context.run_migrations()
