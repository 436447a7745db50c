"""The YAML files beside a model, each checked as a whole."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

_Kind = TypeVar("_Kind", bound=BaseModel)


def read_model_file(path: Path, kind: type[_Kind]) -> _Kind:
    """What a file says, as the kind of thing that it describes.

    :raises ValueError: names the file, and every key that is unknown, missing or wrong
    """
    try:
        return kind.model_validate(yaml.safe_load(path.read_text()))
    except (ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"{path} does not describe {kind.__name__.lower()}: {error}") from None
