from dataclasses import replace
from typing import Any

import pytest

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.landing import Pinned
from airflow_mlmax.pipelines.publishing import Publication, UnscoredRowError

ROWS = "key,x\na,1\nb,2\n"
SCORED = "key,score\na,0.1\nb,0.2\n"


@pytest.fixture
def publication(s3: S3Objects, place: str) -> Publication:
    return Publication(s3, source=f"{place}/in", scored=f"{place}/out", target=f"{place}/predictions")


def rows(put: Any, publication: Publication, text: str = ROWS) -> Pinned:
    uri = f"{publication.source}/part/rows.csv"
    return Pinned(uri, put(uri.split("/", 3)[3], text), len(text))


def scored(put: Any, publication: Publication, text: str) -> None:
    put(f"{publication.scored}/part/rows.csv.out".split("/", 3)[3], text)


def keys_below(publication: Publication) -> set[str]:
    return {item["uri"] for item in publication.s3.list(publication.target)}


def read(publication: Publication) -> list[str]:
    """The lines that a reader gets who begins with the manifest."""
    manifest = publication.s3.read_json(f"{publication.target}/manifest.json")
    files = [publication.s3.open(file["uri"], etag=file["etag"])["Body"].read() for file in manifest["files"]]
    return [line for body in files for line in body.decode().splitlines()]


def test_every_row_is_published(publication: Publication, put: Any) -> None:
    """The manifest says what the set is made of; data lies beside it."""
    pinned = rows(put, publication)
    scored(put, publication, SCORED)
    done = publication.publish([pinned], {"model_version": 3})
    assert done == {"manifest_uri": f"{publication.target}/manifest.json", "rows": 2}
    assert read(publication) == SCORED.splitlines()
    manifest = publication.s3.read_json(done["manifest_uri"])
    assert (manifest["model_version"], manifest["rows"], manifest["inputs"][0]["uri"]) == (3, 2, pinned.uri)


def test_publishing_again_changes_nothing(publication: Publication, put: Any) -> None:
    """The same result has the same names and the same manifest."""
    pinned = rows(put, publication)
    scored(put, publication, SCORED)
    publication.publish([pinned], {})
    before = {item["uri"]: item["ETag"] for item in publication.s3.list(publication.target)}
    publication.publish([pinned], {})
    assert {item["uri"]: item["ETag"] for item in publication.s3.list(publication.target)} == before


def test_a_reader_keeps_the_old_set_until_the_manifest_changes(publication: Publication, put: Any) -> None:
    """New data appears beside the old; a publication that fails half-way leaves the old set whole."""
    pinned = rows(put, publication)
    scored(put, publication, SCORED)
    publication.publish([pinned], {})
    scored(put, publication, "key,score\na,0.7\nb,0.8\n")
    second = replace(pinned, uri=f"{publication.source}/part/missing.csv")
    with pytest.raises(UnscoredRowError, match=r"missing.csv is missing"):
        publication.publish([pinned, second], {})
    assert read(publication) == SCORED.splitlines()
    publication.publish([pinned], {})
    assert read(publication) == ["key,score", "a,0.7", "b,0.8"]
    assert len(keys_below(publication)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,score\na,0.1\n", "fewer rows came out than went in, from line 3"),
        (SCORED + "c,0.3\n", "more rows came out than went in, from line 4"),
        ("key,score\nb,0.2\na,0.1\n", "line 2 has the key 'a', but scored is"),
        ("key,score\na,0.1\nb,\n", "line 3 has the key 'b'"),
        ("key,score\na,0.1\nb\n", "line 3 has the key 'b'"),
    ],
    ids=["fewer", "more", "other order", "no score", "no column"],
)
def test_rows_that_do_not_fit_are_not_published(
    publication: Publication, put: Any, text: str, message: str
) -> None:
    """Rows in are rows scored, key by key, or readers see nothing new."""
    pinned = rows(put, publication)
    scored(put, publication, text)
    with pytest.raises(UnscoredRowError, match=message):
        publication.publish([pinned], {})
    assert not any(uri.endswith("manifest.json") for uri in keys_below(publication))


def test_an_input_that_changed_meanwhile_is_told(publication: Publication, put: Any) -> None:
    """Predictions never stand beside rows that they were not made from."""
    pinned = rows(put, publication)
    scored(put, publication, SCORED)
    rows(put, publication, ROWS + "c,3\n")
    with pytest.raises(UnscoredRowError, match="has changed since this run read it"):
        publication.publish([pinned], {})


def test_empty_lines_between_batches_are_no_rows(publication: Publication, put: Any) -> None:
    """A batch transform that assembles by line may leave an empty line after each batch."""
    pinned = rows(put, publication)
    scored(put, publication, "key,score\na,0.1\n\nb,0.2\n\n")
    assert publication.publish([pinned], {})["rows"] == 2
