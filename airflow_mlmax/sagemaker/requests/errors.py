"""What is wrong with a request, all of it at once."""

from collections.abc import Sequence


class RequestError(ValueError):
    """A request that must not be sent.

    :param what: the operation or class whose request it is, for example `CreateTrainingJob`
    :param faults: one sentence for each fault: where, what, what to do
    """

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        self.what = what
        self.faults = list(faults)
        listed = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{what}: {len(self.faults)} fault(s) in the request; nothing was sent.\n{listed}")
