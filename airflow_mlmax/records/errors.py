"""What can go wrong with records."""


class RecordsError(Exception):
    """The records cannot be read or written: the database is away, refuses, or belongs to a newer version."""


class RefusedError(RecordsError):
    """The database takes others, but not this record."""
