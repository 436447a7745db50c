"""A model server and the records on their way through it."""
