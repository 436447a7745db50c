"""When a DAG runs."""

from typing import Annotated

from pydantic import AfterValidator

PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
"""Of Airflow."""


def _cron(text: str) -> str:
    from croniter import croniter

    if text not in PRESETS and (len(text.split()) != 5 or not croniter.is_valid(text)):  # noqa: PLR2004  # fields of cron
        raise ValueError(
            f"no schedule; give a cron expression such as '0 6 * * 1', or one of {', '.join(PRESETS)}"
        )
    return text


Schedule = Annotated[str, AfterValidator(_cron)]
"""Cron expression or preset of Airflow; the time zone is UTC."""
