"""Values that look like secrets: SageMaker shows environment and hyperparameters to everyone who may describe a job."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any

_READABLE_MAPS = frozenset({"Environment", "HyperParameters", "StaticHyperParameters"})
_SECRET_ENDINGS = frozenset(
    {
        *("password", "passwords", "passwd", "pwd", "passphrase", "authorization"),
        *("secret", "secrets", "credential", "credentials", "apikey"),
    }
)
_SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key")})
_REFERENCE = re.compile(r"arn:aws[\w-]*:(secretsmanager|ssm):.+|\{\{resolve:(secretsmanager|ssm).+")
_FORM = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}"  # AWS access key
    r"|(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*)"
    r"|(Bearer|Basic) [\w.~+/=-]{16,}"
    r"|gh[pousr]_\w{30,}|github_pat_\w{30,}|xox[abeoprs]-[\w-]{10,}"  # GitHub, Slack
    r"|https://hooks\.slack\.com/services/\S+"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SHORTEST_TOKEN = 16

ADVICE = "store it in AWS Secrets Manager and pass the secret's ARN, which the job reads with its role"


def secret_faults(request: Any, where: str = "") -> Iterator[str]:
    """One sentence for each entry of environment, hyperparameters and container arguments that looks like a secret."""
    if isinstance(request, Mapping):
        for key, value in request.items():
            path = f"{where}.{key}" if where else str(key)
            if key in _READABLE_MAPS and isinstance(value, Mapping):
                yield from _map_faults(value, path)
            elif key == "ContainerArguments" and isinstance(value, list):
                yield from _map_faults(options(value), path)
            else:
                yield from secret_faults(value, path)
    elif isinstance(request, list):
        for index, item in enumerate(request):
            yield from secret_faults(item, f"{where}[{index}]")


def _map_faults(values: Mapping[str, Any], where: str) -> Iterator[str]:
    for key, value in values.items():
        if looks_secret(key, value):
            yield f"{where}: {key!r} looks like a secret that everyone who may describe the job can read; {ADVICE}."


def looks_secret(key: str, value: Any) -> bool:
    """Whether an entry holds a secret by its name or its form. A reference to a stored secret is none."""
    text = str(value)
    if not text or _REFERENCE.fullmatch(text):
        return False
    words = [word.lower() for word in _WORD.findall(str(key))] or [""]
    return (
        words[-1] in _SECRET_ENDINGS
        or not _SECRET_PAIRS.isdisjoint(pairwise(words))
        or (words[-1] == "token" and len(text) >= _SHORTEST_TOKEN)
        or _FORM.fullmatch(text.strip()) is not None
    )


def options(arguments: Sequence[Any]) -> dict[str, Any]:
    """`--key value` and `--key=value` of a command line."""
    found: dict[str, Any] = {}
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, equals, value = str(word).partition("=")
        if name.startswith("-"):
            found[name] = value if equals else following
    return found
