from datetime import date
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.observation import Sources, observe

DAY = date(2013, 7, 5)


@pytest.fixture
def sources(s3: S3Objects, put: Any, place: str) -> Sources:
    """Flights of five days, labels but for the fourth; predictions of four: of version 1, then of version 2."""
    folder = place.split("/", 3)[3]
    for number in range(1, 6):
        put(f"{folder}/flights/date=2013-07-0{number}/flights.csv", "key\n")
        if number != 4:
            put(f"{folder}/labels/date=2013-07-0{number}/labels.csv", "key\n")
    for number, version in ((1, 2), (3, 1), (4, 2), (5, 2)):
        interval = f"{place}/predictions/interval=2013-07-0{number}"
        file = {"uri": f"{interval}/data/flights-x.csv", "etag": "x", "size": 3}
        s3.write_json(f"{interval}/manifest.json", {"model_package_arn": f"arn:{version}", "files": [file]})
    return Sources(f"{place}/flights", f"{place}/labels", f"{place}/predictions")


def keys(s3: S3Objects, uri: str) -> list[str]:
    return [str(key) for key in s3.read_json(uri)[1:]]


def test_days_of_the_same_version_are_looked_at_together(s3: S3Objects, sources: Sources) -> None:
    """Days that another version scored, or nobody, are left out, and so are days before the window."""
    observed = observe(s3, sources.predictions, DAY, window_days=4)
    assert observed.model_package_arn == "arn:2"
    assert list(observed.published) == ["2013-07-04", "2013-07-05"]
    assert list(observe(s3, sources.predictions, DAY, window_days=1).published) == ["2013-07-05"]


def test_everything_is_pinned(s3: S3Objects, sources: Sources, place: str) -> None:
    """Labels that have not come for an earlier day are no error: its rows are unlabelled."""
    uris = observe(s3, sources.predictions, DAY, window_days=4).write(s3, sources, f"{place}/observed")
    assert keys(s3, uris["rows"]) == ["date=2013-07-04/flights.csv", "date=2013-07-05/flights.csv"]
    assert keys(s3, uris["labels"]) == ["date=2013-07-05/labels.csv"]
    assert keys(s3, uris["predictions"])[-1] == "interval=2013-07-05/data/flights-x.csv"


def test_a_day_that_nobody_scored_is_told(s3: S3Objects, sources: Sources) -> None:
    """There is nothing to monitor, which is an error and not a pass."""
    with pytest.raises(AirflowFailException, match="no predictions are published for 2013-07-02"):
        observe(s3, sources.predictions, date(2013, 7, 2), window_days=2)
