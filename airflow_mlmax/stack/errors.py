"""What can go wrong around the stack; each message is one line that says what to do."""


class StackError(Exception):
    """The stack or something run on it failed; the message is meant for the person at the terminal."""
