"""What a verdict says to Airflow: the log's text, XCom, the button, and the events of assets."""

from collections.abc import Iterable, Mapping
from typing import Any

from airflow.providers.common.compat.sdk import Asset, Context

from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.links import announce_report

_DOWNLOADS = ("result", "verdict")


def announce_verdict(context: Context, hook: SageMakerJobHook, document: Mapping[str, Any]) -> str:
    """Puts verdict and link into XCom at once, because a closed gate never ends well; gives the lines for the log."""
    from airflow_mlmax.quality.message import message
    from airflow_mlmax.quality.verdict import compact

    context["ti"].xcom_push(key="verdict", value=compact(document))
    artifacts = document["artifacts"]
    # Rows hold sensitive values too: then the bucket says who reads them, not the right to see a run in Airflow.
    downloads = _DOWNLOADS if document["dataset"].get("sensitive") else (*_DOWNLOADS, "bad_rows")
    files = {name: artifacts[name] for name in downloads if name in artifacts}
    report = artifacts.get("report")
    page = announce_report(context, hook, report, files) if report else "give output_uri for a page"
    return message(document, page)


def failures_of(document: Mapping[str, Any]) -> str:
    """The failed checks for the log, a line for each."""
    from airflow_mlmax.quality.message import failures

    return "\n".join(failures(document))


def result_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The XCom of data that go on."""
    artifacts = document["artifacts"]
    return {
        "status": document["status"],
        "decision": document["decision"],
        "data_uri": artifacts.get("clean", document["dataset"]["uri"]),
        "rows": document["rows"]["passed_on"],
        "bad_rows": document["rows"]["bad"],
        "quarantined": document["rows"]["quarantined"],
        **({"approval": document["approval"]} if "approval" in document else {}),
        **{f"{name}_uri": uri for name, uri in artifacts.items() if name != "clean"},
    }


def tell_outlets(context: Context, outlets: Iterable[Any], document: Mapping[str, Any]) -> None:
    """Gives the events of a gate's assets what the verdict says."""
    extra = {
        "dq": "pass" if document["status"] == "pass" else "warn",
        "verdict": document["id"],
        "rows": document["rows"]["passed_on"],
        "report_uri": document["artifacts"].get("report"),
    }
    for outlet in outlets:
        if isinstance(outlet, Asset):
            context["outlet_events"][outlet].extra.update(extra)
