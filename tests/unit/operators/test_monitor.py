"""Monitors on the real runtime: a baseline, and what happens to a task whose data violate it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AssetAlias
from attempts import Attempt, TaskInstance
from families import ARGUMENTS, BUCKET, seed

from airflow_mlmax.exceptions import ApiError, BadRequestError, ViolationsError
from airflow_mlmax.operators.monitor import MonitorBaselineOperator, MonitorOperator

BASELINE = f"s3://{BUCKET}/monitor-baseline"
GOOD = "x,city\n" + "".join(f"{i % 50},{'ab'[i % 2]}\n" for i in range(400))
SHIFTED = "x,city\n" + "".join(f"{i % 50 + 100},{'ac'[i % 2]}\n" for i in range(400))


def attempt(operator: type[MonitorBaselineOperator], **arguments: Any) -> Attempt:
    given = {**ARGUMENTS[operator], "poll_interval": 0.1, "deferrable": False, **arguments}
    return TaskInstance(lambda: operator(task_id="task", **given)).run()


@pytest.fixture(scope="module")
def _baseline(endpoint: Any) -> None:
    """A baseline of good data, made by the operator."""
    seed(endpoint)
    put(endpoint, "monitor-good/data.csv", GOOD)
    put(endpoint, "monitor-shifted/data.csv", SHIFTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_AWS_DEFAULT", endpoint.connection())
        made = attempt(MonitorBaselineOperator, data_uri=f"s3://{BUCKET}/monitor-good", output_uri=BASELINE)
    assert made.state == "success", made.error


@pytest.fixture
def site(_baseline: None, runtime: Any) -> Any:
    """The runtime with the baseline."""
    return runtime


def put(runtime: Any, key: str, text: str) -> None:
    runtime.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def monitor(data: str, **arguments: Any) -> Attempt:
    return attempt(
        MonitorOperator,
        **{"data_uri": f"s3://{BUCKET}/{data}", "baseline_uri": BASELINE, **arguments},
    )


def read(runtime: Any, uri: str) -> Any:
    key = uri.removeprefix(f"s3://{BUCKET}/")
    return json.loads(runtime.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def test_good_data_pass(site: Any) -> None:
    """XCom leads to the three files, and counts no violation."""
    done = monitor("monitor-good")
    assert done.state == "success"
    value = done.xcoms["return_value"]
    assert value["violation_count"] == 0
    assert value["worst_features"] == []
    assert value["exit_message"] == "Completed: Job completed successfully with no violations."
    assert read(site, value["statistics_uri"])["dataset"]["item_count"] == 400
    assert read(site, value["violations_uri"]) == {"violations": []}
    assert (
        read(site, f"{BASELINE}/constraints.json")["features"]
        == read(site, value["constraints_uri"])["features"]
    )


@pytest.mark.usefixtures("site")
def test_violations_fail_the_task_at_once() -> None:
    """No retry; the error names data, baseline, each violation, the report and the next step; XCom says why."""
    done = monitor("monitor-shifted")
    assert done.state == "failed"
    assert type(done.error) is ViolationsError
    assert isinstance(done.error, AirflowFailException)
    for part in (
        "x baseline_drift_check",
        "city categorical_values_check",
        "Report: http",
        "observed 0.",
        "threshold 0.1.",
        "Next: ",
        BASELINE,
    ):
        assert part in str(done.error)
    assert done.xcoms["violation_count"] == 3
    assert done.xcoms["worst_features"] == ["city", "x"]
    assert "return_value" not in done.xcoms


@pytest.mark.usefixtures("site")
def test_violations_may_only_warn() -> None:
    """If the DAG says so in this one word; any other word fails."""
    assert monitor("monitor-shifted", on_violations="warn").state == "success"
    assert monitor("monitor-shifted", on_violations="wran").state == "failed"


def test_many_violations_make_a_short_message(site: Any) -> None:
    """Twenty lines, and how many there are beside them."""
    put(
        site, "monitor-wide/data.csv", ",".join(f"c{i}" for i in range(30)) + "\n" + ",".join("1" * 30) + "\n"
    )
    done = monitor("monitor-wide")
    assert "and 12 more" in str(done.error)
    assert len(str(done.error)) < 4096


def test_a_retry_takes_the_finished_job_over(site: Any) -> None:
    """One job, whatever becomes of the worker that read its report."""
    given = {
        **ARGUMENTS[MonitorOperator],
        "poll_interval": 0.1,
        "deferrable": False,
        "data_uri": f"s3://{BUCKET}/monitor-good",
        "baseline_uri": BASELINE,
    }
    task = TaskInstance(lambda: MonitorOperator(task_id="task", **given))
    assert task.run().xcoms["job_name"] == task.run().xcoms["job_name"]
    assert site.server.calls.count("CreateProcessingJob", status=200) == 1


def test_the_analyzer_is_uploaded_once(site: Any) -> None:
    """Its content is its address, so a second monitor uploads nothing."""
    uploads = []
    for _ in range(2):
        assert monitor("monitor-good", code_uri=f"s3://{BUCKET}/code-of-monitors").state == "success"
        uploads.append(site.server.calls.count("PutObject", status=200))
    assert uploads[0] == uploads[1] > 10


@pytest.mark.usefixtures("site")
def test_a_report_without_violations_file_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read is not known to be good."""
    monkeypatch.setattr("airflow_mlmax.hooks.monitor_report.FILES", ("nothing.json",))
    done = monitor("monitor-good")
    assert done.state == "up_for_retry"
    assert isinstance(done.error, ApiError)


def test_model_quality_with_late_labels(site: Any) -> None:
    """Labels lie under another prefix; half of them are not there yet; the model has become worse."""
    rows = range(100)
    put(site, "mq/predictions/p.csv", "id,score\n" + "".join(f"{i},{0.9 if i % 2 else 0.1}\n" for i in rows))
    put(site, "mq/labels/l.csv", "id,late\n" + "".join(f"{i},{i % 2}\n" for i in rows))
    put(site, "mq/worse/l.csv", "id,late\n" + "".join(f"{i},{(i % 4) // 2}\n" for i in range(50)))
    of_model = {
        "problem_type": "BinaryClassification",
        "label": "late",
        "probability": "score",
        "join_on": "id",
        "labels_uri": f"s3://{BUCKET}/mq/labels",
    }
    common = {"kind": "model_quality", "data_uri": f"s3://{BUCKET}/mq/predictions"}
    made = attempt(
        MonitorBaselineOperator, **common, model_quality=of_model, output_uri=f"s3://{BUCKET}/mq/base"
    )
    assert made.state == "success", made.error
    baseline = {**common, "baseline_uri": made.xcoms["report_uri"]}
    assert attempt(MonitorOperator, **baseline, model_quality=of_model).state == "success"
    worse = {**of_model, "labels_uri": f"s3://{BUCKET}/mq/worse"}
    done = attempt(MonitorOperator, **baseline, model_quality=worse)
    assert type(done.error) is ViolationsError
    assert {"false_positive_rate", "precision"} <= set(done.xcoms["worst_features"])
    verdict = read(site, done.xcoms["violations_uri"].replace("constraint_violations", "verdict"))
    assert (verdict["rows"], verdict["unlabelled"]) == (50, 50)


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "biased"}, "kind 'biased' is unknown"),
        ({"data_format": "xlsx"}, "data_format 'xlsx' is unknown"),
        ({"data_uri": None}, "data_uri is missing"),
        ({"baseline_uri": None}, "baseline_uri is missing"),
        ({"code_uri": None}, "code_uri is missing"),
        ({"kind": "model_quality"}, "needs problem_type and label"),
        ({"kind": "model_quality", "model_quality": {"labels_uri": "s3://b/l"}}, "give both or neither"),
        ({"model_quality": {"labels": "x"}}, "Did you mean 'label"),
        ({"kind": "bias"}, "bias needs label"),
        ({"kind": "bias", "bias": {"facets": [{"name": "x"}]}}, "facets[0] is no dict with the key name"),
        ({"kind": "feature_attribution"}, "attribution needs model_uri"),
        ({"drift_asset": "x-mlmax://drift"}, "drift_asset needs outlets"),
        ({"publish_metrics": {"schedul": "x"}}, "Did you mean 'schedule'"),
        ({"publish_metrics": {"endpoint": "x"}}, "publish_metrics needs schedule"),
        ({"preprocessor": "nowhere.py"}, "nowhere.py; give a Python file relative to the DAG file"),
    ],
    ids=[
        *("kind", "format", "data", "baseline", "code", "model-quality", "join", "key", "bias", "facet"),
        *("attribution", "asset", "metrics-key", "metrics", "script"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    """One error, before anything is sent."""
    done = attempt(MonitorOperator, **arguments)
    assert type(done.error) is BadRequestError
    assert message in str(done.error)


ALIAS = "drifted"
DRIFT = "x-mlmax://shop/drift"


@pytest.mark.usefixtures("site")
def test_violations_emit_the_drift_asset_with_their_reasons() -> None:
    """Where the task succeeds in spite of them; good data emit nothing."""
    telling = {
        "on_violations": "warn",
        "outlets": [AssetAlias(ALIAS)],
        "drift_asset": DRIFT,
        "model_name": "shop-7",
    }
    done = monitor("monitor-shifted", **telling)
    assert done.state == "success", done.error
    [event] = done.outlet_events
    told = event["extra"]
    assert event["dest_asset_key"]["uri"] == DRIFT
    assert (told["model"], told["kind"], told["violation_count"]) == ("shop-7", "data_quality", 3)
    assert told["violations"] == done.xcoms["return_value"]["reasons"]
    found = {(each["feature"], each["check"], each["threshold"]) for each in told["violations"]}
    assert ("x", "baseline_drift_check", 0.1) in found
    assert told["report_uri"].startswith("s3://")
    assert len(told["day"]) == len("2026-11-21")
    assert monitor("monitor-good", **telling).outlet_events == []


def test_the_page_of_a_report_is_announced(site: Any) -> None:
    """Also of a task that violations failed, whose error leads there."""
    done = monitor("monitor-shifted")
    page = read_text(site, done.xcoms["mlmax_report"]["files"]["page"])
    assert "baseline_drift_check" in page
    assert read(site, done.xcoms["verdict_uri"])["status"] == "fail"
    assert "Report: http" in str(done.error)


def read_text(runtime: Any, uri: str) -> str:
    key = uri.removeprefix(f"s3://{BUCKET}/")
    return str(runtime.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


@pytest.mark.parametrize("data", ["monitor-good", "monitor-shifted"])
def test_metrics_are_in_cloudwatch_once(site: Any, data: str) -> None:
    """Under Model Monitor's names, with and without violations; a second try of the task puts none again."""
    given = {
        **ARGUMENTS[MonitorOperator],
        "poll_interval": 0.1,
        "deferrable": False,
        "data_uri": f"s3://{BUCKET}/{data}",
        "baseline_uri": BASELINE,
        "publish_metrics": {"schedule": f"daily-{data}"},
    }
    task = TaskInstance(lambda: MonitorOperator(task_id="task", **given))
    for _ in range(2):
        task.run()
    cloudwatch = site.client("cloudwatch")
    now = datetime.now(UTC)
    found = {
        name: cloudwatch.get_metric_statistics(
            Namespace="mlmax/ModelMonitoring/data-metrics",
            MetricName=name,
            Dimensions=[{"Name": "MonitoringSchedule", "Value": f"daily-{data}"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum", "SampleCount", "Maximum"],
        )["Datapoints"]
        for name in ("feature_data_x", "feature_non_null_x", "feature_baseline_drift_x")
    }
    [values], [filled], [drift] = found.values()
    assert (values["SampleCount"], values["Maximum"]) == (400, 49 if data == "monitor-good" else 149)
    assert (filled["Sum"], filled["SampleCount"]) == (1, 1)
    assert (drift["Sum"] > 0.1) == (data == "monitor-shifted")


def test_cloudwatch_that_refuses_is_a_warning(site: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """The verdict counts more than its metrics."""
    site.server.faults.add("error", operation="PutMetricData", code="AccessDenied")
    done = monitor("monitor-shifted", publish_metrics={"schedule": "daily"})
    assert type(done.error) is ViolationsError
    assert "No metrics, or not all, are in CloudWatch: PutMetricData: AccessDenied" in "".join(
        capfd.readouterr()
    )


def test_a_script_beside_the_dag_makes_the_rows(site: Any) -> None:
    """It travels with the job; so does a setting that is too long for a variable."""
    script = str(Path(__file__).with_name("monitored_records.py"))
    line = json.dumps(
        {
            "captureData": {"endpointInput": {"data": "1,2", "encoding": "CSV"}},
            "eventMetadata": {"eventId": "a", "inferenceTime": "2026-11-21T10:00:00Z"},
        }
    )
    put(site, "monitor-captured/a.jsonl", line)
    done = attempt(
        MonitorBaselineOperator,
        data_uri=f"s3://{BUCKET}/monitor-captured",
        data_format="capture",
        start_time="2026-11-21T10:00:00+00:00",
        end_time="2026-11-21T11:00:00+00:00",
        preprocessor=script,
        postprocessor=script,
        monitoring_config={"note": "n" * 300},
        output_uri=f"s3://{BUCKET}/captured-report",
    )
    assert done.state == "success", done.error
    value = done.xcoms["return_value"]
    features = read(site, value["statistics_uri"])["features"]
    assert [each["name"] for each in features] == ["first", "second"]
    assert read(site, value["constraints_uri"])["monitoring_config"]["note"] == "n" * 300


@pytest.mark.parametrize(
    ("violations", "message", "state"),
    [
        (None, "Completed: Job completed successfully with no violations.", "success"),
        (0, "Completed: Job completed successfully with no violations.", "success"),
        (2, "CompletedWithViolations: Job completed successfully with 2 violations.", "failed"),
        (None, "CompletedWithViolations: Job completed successfully with 2 violations.", "up_for_retry"),
    ],
    ids=["no-file", "empty-file", "violations", "file-is-missing"],
)
def test_the_report_of_amazons_analyzer_is_read(
    site: Any, violations: int | None, message: str, state: str
) -> None:
    """Its image in the region, none of the package's code; what it wrote and said decides."""
    row = {"feature_name": "x", "constraint_check_type": "data_type_check", "description": "Expected: 100.0%"}
    report = json.dumps({"violations": [row] * (violations or 0)})
    script = (
        "import os, pathlib\n"
        "assert os.environ['publish_cloudwatch_metrics'] == 'Disabled'\n"
        f"pathlib.Path('/opt/ml/output/message').write_text({message!r})\n"
        "report = pathlib.Path('/opt/ml/processing/output/constraint_violations.json')\n"
        f"{violations!r} is None or report.write_text({report!r})\n"
    )
    put(site, "amazons/analyzer.py", script)
    command = ["python3", "/opt/ml/processing/baseline/analyzer.py"]
    done = monitor(
        "monitor-good",
        analyzer="aws",
        image_uri=None,
        code_uri=None,
        baseline_uri=f"s3://{BUCKET}/amazons",
        output_uri=f"s3://{BUCKET}/amazons-report-{violations}-{state}",
        extra={"AppSpecification": {"ContainerEntrypoint": command}},
    )
    assert done.state == state, done.error
    if state == "success":
        value = done.xcoms["return_value"]
        assert (value["violation_count"], value["verdict_uri"]) == (0, None)
    job = site.client("sagemaker").describe_processing_job(ProcessingJobName=done.xcoms["job_name"])
    assert job["AppSpecification"]["ImageUri"].endswith("/sagemaker-model-monitor-analyzer")
    assert [each["InputName"] for each in job["ProcessingInputs"]] == ["data", "baseline"]
