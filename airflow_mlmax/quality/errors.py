"""What can be wrong with a suite, with data, or with what is asked of an engine."""


class SuiteError(ValueError):
    """A suite that says something else than its author meant; names every fault."""


class DataError(ValueError):
    """Data that cannot be read as what they are said to be."""


class EngineError(ValueError):
    """An engine that does not exist, or cannot run the suite."""
