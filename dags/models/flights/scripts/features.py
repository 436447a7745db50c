"""The row of the landing file and the features made from it; training and scoring share this one definition.

Every feature is made from its own row alone, and the row holds only what is known one hour before scheduled
departure, so a feature can neither see another flight nor the future.
"""

import pandas as pd

KEY = "flight_key"
OBSERVED_AT = "weather_observed_at"
DEPARTURE = "scheduled_departure"
LOCAL_DEPARTURE = "local_departure"
KNOWN_BEFORE = pd.Timedelta(hours=1)
"""How long before scheduled departure everything in a row must have been known."""

WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]

COLUMNS = [
    KEY,
    DEPARTURE,  # UTC
    LOCAL_DEPARTURE,  # New York
    "scheduled_arrival",  # HHMM, local time of the destination
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "distance",
    "departures_in_hour",  # scheduled from the same airport in the same hour
    "plane_year",
    "plane_seats",
    OBSERVED_AT,  # UTC, when the weather report was out
    *WEATHER,
]
"""Columns of a landing file, in order: batches of a transform after the first have no header."""

CATEGORICAL = ["carrier", "origin", "dest"]
NUMERIC = [
    "hour",
    "minute_of_day",
    "weekday",
    "scheduled_arrival",
    "distance",
    "departures_in_hour",
    "plane_age",
    "plane_seats",
    *WEATHER,
]
FEATURES = [*CATEGORICAL, *NUMERIC]


class LandingFileError(ValueError):
    """A landing file is not what the model was trained on."""


def build(rows: pd.DataFrame) -> pd.DataFrame:
    """Features of landing rows, one row for each, same index. Raises LandingFileError for columns or times that do not fit."""
    check(rows)
    local = pd.to_datetime(rows[LOCAL_DEPARTURE])
    made = rows.assign(
        hour=local.dt.hour,
        minute_of_day=local.dt.hour * 60 + local.dt.minute,
        weekday=local.dt.day_of_week,
        plane_age=local.dt.year - pd.to_numeric(rows["plane_year"]),
    )
    numbers = made[NUMERIC].apply(pd.to_numeric).astype("float64")
    return made[CATEGORICAL].astype("object").join(numbers)[FEATURES]


def check(rows: pd.DataFrame) -> None:
    """Refuse rows with other columns, without a key, or that hold weather not yet known an hour before departure."""
    if list(rows.columns) != COLUMNS:
        missing = [column for column in COLUMNS if column not in rows.columns]
        unknown = [column for column in rows.columns if column not in COLUMNS]
        raise LandingFileError(
            f"columns differ from the model's: missing {missing}, unknown {unknown}, "
            f"{len(rows.columns)} found, {len(COLUMNS)} expected in the order of features.COLUMNS"
        )
    if rows[KEY].isna().any() or rows[KEY].duplicated().any():
        raise LandingFileError(f"{KEY} must be present and unique in every row")
    deadline = pd.to_datetime(rows[DEPARTURE], utc=True) - KNOWN_BEFORE
    early = rows.loc[pd.to_datetime(rows[OBSERVED_AT], utc=True) > deadline, KEY]
    if len(early):
        raise LandingFileError(
            f"{len(early)} rows hold weather reported less than an hour before departure, first {early.iloc[0]}"
        )
