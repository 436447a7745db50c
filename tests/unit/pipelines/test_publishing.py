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
    assert done == {"manifest_uri": f"{publication.target}/manifest.json", "rows": 2, "rows_quarantined": 0}
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
    with pytest.raises(UnscoredRowError, match=r"missing.csv.out is missing"):
        publication.publish([pinned, second], {})
    assert read(publication) == SCORED.splitlines()
    publication.publish([pinned], {})
    assert read(publication) == ["key,score", "a,0.7", "b,0.8"]
    assert len(keys_below(publication)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,score\na,0.1\n", "line 3 with the key 'b' was not scored; nothing more was scored"),
        (SCORED + "c,0.3\n", r"more rows came out than went in, such as \['c', '0.3'\]"),
        ("key,score\nb,0.2\na,0.1\n", "line 2 with the key 'a' was not scored; scored is"),
        ("key,score\na,0.1\nb,\n", "line 3 with the key 'b' has no prediction"),
        ("key,score\na,0.1\nb\n", "line 3 with the key 'b' has no prediction"),
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


@pytest.fixture
def halved(publication: Publication, put: Any) -> Publication:
    """Of two landed files with four rows, the gate has left two, which were scored as one file."""
    put(f"{publication.scored}/rows.csv.out".split("/", 3)[3], "key,score\na,0.1\nd,0.4\n")
    return replace(publication, source=f"{publication.source}/clean/rows.csv")


def landed(put: Any, publication: Publication) -> list[Pinned]:
    texts = {"1.csv": ROWS, "2.csv": "key,x\nc,3\nd,4\n"}
    uris = {f"{publication.target}/landed/{name}": text for name, text in texts.items()}
    return [Pinned(uri, put(uri.split("/", 3)[3], text), len(text)) for uri, text in uris.items()]


def test_rows_in_are_rows_scored_and_rows_quarantined(halved: Publication, put: Any) -> None:
    """The manifest says how many of each; what was taken out is nobody's prediction."""
    done = halved.publish(landed(put, halved), {}, quarantined=2)
    manifest = halved.s3.read_json(done["manifest_uri"])
    assert {name: manifest[name] for name in ("rows_in", "rows", "rows_quarantined")} == {
        "rows_in": 4,
        "rows": 2,
        "rows_quarantined": 2,
    }
    assert len(manifest["inputs"]) == 2
    assert read(halved) == ["key,score", "a,0.1", "d,0.4"]


@pytest.mark.parametrize(
    ("quarantined", "message"),
    [
        (1, "2.csv: line 2 with the key 'c' was not scored and the gate quarantined only 1; scored is"),
        (3, "3 rows were quarantined, but only 2 were left out"),
    ],
    ids=["a row is lost", "a row is scored that was not to be"],
)
def test_rows_that_got_lost_are_not_taken_for_quarantined(
    halved: Publication, put: Any, quarantined: int, message: str
) -> None:
    """The counts must agree, or readers see nothing new."""
    with pytest.raises(UnscoredRowError, match=message):
        halved.publish(landed(put, halved), {}, quarantined=quarantined)
