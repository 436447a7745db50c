"""Spark says what DuckDB says. Runs where pyspark is: tests/packaging/test_spark.py makes such an environment."""

import json
import random
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import expectations as ex
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlmax.quality.checking import Question, check
from airflow_mlmax.quality.data import open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.errors import EngineError
from airflow_mlmax.quality.gx_engine import keywords
from airflow_mlmax.quality.spark_patterns import portable
from airflow_mlmax.quality.suites import load_suite

pytest.importorskip("pyspark", reason="pyspark is 400 MB; it has an environment of its own")

PATTERNS = [
    *ex.PATTERNS,
    *(
        r"\bb",
        r"\s",
        r"^\S+$",
        r"\D\W",
        r"[\w.-]+@\w+",
        r"^.{2}$",
        "a{,1}é",
        "{x}",
        "[]^]",
        r"[^\s]\Z",
        r"(?:a|é)$",
    ),
]
BESIDE: list[ex.Described] = [
    (
        "expect_column_most_common_value_to_be_in_set",
        {"column": "whole", "value_set": [1], "ties_okay": True},
    ),
    ("expect_column_most_common_value_to_be_in_set", {"column": "text", "value_set": ["a", "é"]}),
    *(
        (
            "expect_column_value_z_scores_to_be_less_than",
            {"column": name, "threshold": 1, "double_sided": True},
        )
        for name in ("whole", "real")
    ),
    ("expect_column_values_to_be_json_parseable", {"column": "text"}),
]
TEXTS = [
    *ex.VALUES["text"],
    "a@é.b",
    "{x}",
    "]",
    "x^",
    "\x1c",
    "a\u2003b",
    "²",
    "_",
    "e\u0301",
    "a\r",
    "\u0085\n",
]


def rows(number: int) -> list[dict[str, Any]]:
    """Random rows, the same each time."""
    choose = random.Random(number).choice  # noqa: S311 - no secret
    return [{name: choose([None, *values]) for name, values in ex.VALUES.items()} for _ in range(number)]


def of_each_type(most: int) -> list[Any]:
    """The first checks of every type."""
    kinds = dict.fromkeys(each.type for each in ex.CHECKS)
    return [each for kind in kinds for each in [one for one in ex.CHECKS if one.type == kind][:most]]


@pytest.mark.parametrize(("number", "most"), [(30, 2), (0, 1)], ids=["rows", "no-rows"])
def test_spark_says_what_duckdb_says(tmp_path: Path, number: int, most: int) -> None:
    """Success, counts, observed values and failing rows are equal, wherever the machine's clock stands."""
    from airflow_mlmax.quality.spark_engine import SparkEngine

    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows(number), schema=ex.SCHEMA), path)
    checks = of_each_type(most)
    with closing(open_data([path], tmp_path)) as data:
        spark, duckdb = SparkEngine(), DuckDBEngine()
        assert not ex.differing(spark.run(data, checks), duckdb.run(data, checks))
        rules = [each for each in checks if each.is_row_rule]
        assert ex.failing(spark, data, rules) == ex.failing(duckdb, data, rules)


def test_types_that_duckdb_does_not_answer_are_those_of_pandas(tmp_path: Path) -> None:
    """Most common values, standard scores and JSON, over random rows."""
    from airflow_mlmax.quality.gx_engine import GreatExpectationsEngine
    from airflow_mlmax.quality.spark_engine import SparkEngine

    checks = load_suite(json.dumps({"expectations": [*map(expectation, BESIDE)]}), keywords=keywords).checks
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows(31), schema=ex.SCHEMA), path)
    with closing(open_data([path], tmp_path)) as data:
        spark = SparkEngine()
        assert all(spark.can_run(data, each) for each in checks)
        assert not ex.differing(spark.run(data, checks), GreatExpectationsEngine().run(data, checks))


def expectation(described: ex.Described) -> dict[str, Any]:
    kind, kwargs = described
    return {"type": kind, "kwargs": kwargs}


def test_patterns_mean_in_java_what_they_mean_in_python() -> None:
    """Letters, digits, spaces, edges and ends of lines are Python's."""
    from airflow_mlmax.quality.spark_engine import session

    texts = session().createDataFrame([(text,) for text in TEXTS], "text string")
    found = texts.select("text", *(texts.text.rlike(portable(pattern)) for pattern in PATTERNS)).collect()
    for text, *matches in found:
        expected = {pattern: re.search(pattern, text) is not None for pattern in PATTERNS}
        assert dict(zip(PATTERNS, matches, strict=True)) == expected, ascii(text)


def question(engine: str, kind: str = "expect_column_values_to_be_between", **kwargs: Any) -> Question:
    wanted = {"type": kind, "kwargs": {"column": "age", **(kwargs or {"min_value": 0})}}
    return Question(
        suite={"name": "people", "expectations": [wanted]},
        dataset={"uri": "s3://lake/people.csv", "bytes": 1, "manifest_sha256": "0"},
        columns={"age": "integer"},
        policy={"quarantine": "rows", "max_bad_rows": 3},
        engine=engine,
        artifacts="s3://lake/gate",
    )


def test_a_gate_on_spark_writes_the_same_files(tmp_path: Path) -> None:
    """Verdict, bad rows and clean rows differ in nothing but the engine's name and the time."""
    data = tmp_path / "people.csv"
    data.write_text("age,name\n1,Ann\n-1,Bob\nx,Eve\n,Joe\n")
    told = {}
    for engine in ("spark", "duckdb"):
        scratch, output = tmp_path / f"{engine}-scratch", tmp_path / engine
        scratch.mkdir()
        output.mkdir()
        document = check(question(engine), [data], scratch, output)
        assert document["engine"]["name"].split()[0] == engine
        files = {name: (output / name / "rows.csv").read_text() for name in ("bad_rows", "clean")}
        told[engine] = {**document, **files, "engine": None, "timing": None}
    assert told["spark"] == told["duckdb"]


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_increasing", {"mostly": 1}),
        ("expect_column_values_to_be_in_set", {"value_set": ["1"]}),
        ("expect_column_values_to_be_between", {"min_value": 0, "row_condition": "age > 1"}),
        ("expect_column_values_to_match_regex", {"column": "name", "regex": "(?i)ann"}),
    ],
    ids=["type", "another-type's-literal", "condition", "pattern"],
)
def test_what_spark_would_answer_otherwise_is_refused(
    tmp_path: Path, kind: str, kwargs: dict[str, Any]
) -> None:
    """Nobody gets another verdict for another engine."""
    data = tmp_path / "people.csv"
    data.write_text("age,name\n1,Ann\n")
    with pytest.raises(EngineError, match=f"engine spark has no exact equal of {kind}"):
        check(question("spark", kind, **kwargs), [data], tmp_path, tmp_path)
