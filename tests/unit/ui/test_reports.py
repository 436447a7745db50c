"""Report pages: who sees them, what they show, and what else they give away: nothing."""

import json
from typing import Any

import pytest

from airflow_mlmax.reports import path_of

RUN = "manual__2026-11-21T06:00:00+00:00"
PATH = path_of("shop", RUN, "gate", -1)
PAGE = b"<!doctype html><title>Data quality</title><h1>fail</h1>"
MEGABYTE = 1024**2


@pytest.fixture
def page(site: Any) -> str:
    """The URI of a page that the task has announced."""
    uri: str = site.put("gate/report.html", PAGE)
    site.announce(page=uri)
    return uri


@pytest.mark.usefixtures("page")
def test_the_announced_page_is_shown_as_it_is(site: Any) -> None:
    """Whoever may read the DAG sees the page."""
    answer = site.get(PATH)
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("path", [PATH, f"{PATH}/file/page", f"{PATH}/file/nothing", "/mlmax/"])
def test_every_answer_is_harmless(site: Any, path: str) -> None:
    """No script runs, nothing is guessed, kept or told to others, on pages of the plugin's own too."""
    headers = site.get(path).headers
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    assert "script" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["violations.json", "notes.txt", "script.js", "picture.svg", "html"])
def test_what_is_no_html_is_shown_as_text(site: Any, name: str) -> None:
    """A browser never interprets another file."""
    site.announce(page=site.put(name, b"<script>alert(1)</script>"))
    assert site.get(PATH).headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("path", [PATH, f"{PATH}/file/page"], ids=["page", "file"])
def test_nobody_sees_it_without_signing_in(site: Any, runtime: Any, path: str) -> None:
    """A stranger gets the way to the login, and S3 is not asked."""
    runtime.server.calls.clear()
    answer = site.get(path, role=None)
    assert answer.status_code == 401
    assert "/api/v2/auth/login?next=%2Fmlmax%2Freport%2Fshop%2F" in answer.text
    assert not runtime.server.calls.list()


@pytest.mark.usefixtures("page")
def test_a_user_without_a_role_sees_nothing(site: Any) -> None:
    """To be signed in is not enough."""
    answer = site.get(PATH, role="")
    assert answer.status_code == 403
    assert b"<h1>fail</h1>" not in answer.content


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("entity", ["RUN", "XCOM"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}/file/page"], ids=["page", "file"])
def test_the_rights_on_the_dag_count(
    site: Any, monkeypatch: pytest.MonkeyPatch, entity: str, path: str
) -> None:
    """A user of Airflow who may not read this DAG's runs, or its XComs, sees nothing."""
    from airflow.api_fastapi.app import get_auth_manager

    def allowed(*, details: Any, access_entity: Any, **_: Any) -> bool:
        return not (details.id == "shop" and access_entity.name == entity)

    monkeypatch.setattr(get_auth_manager(), "is_authorized_dag", allowed)
    answer = site.get(path)
    assert answer.status_code == 403
    assert "may not see the runs of this DAG" in answer.text


@pytest.mark.usefixtures("page")
def test_no_parameter_becomes_a_place_in_s3(site: Any) -> None:
    """Only what the task announced is read, whatever the address says."""
    secret = site.put("private/salaries.csv", b"secret")
    for path in (
        f"{PATH}?page={secret}&uri={secret}",
        f"{PATH}/file/{secret.replace('/', '%2F')}",
        f"{PATH}/file/..%2Fprivate%2Fsalaries.csv",
        f"{PATH}/file/private/salaries.csv",
        path_of("shop", RUN, "gate", 0),
        path_of("shop", RUN, "other", -1),
        path_of("shop", "other", "gate", -1),
        path_of("~", RUN, "gate", -1),
    ):
        answer = site.get(path)
        assert "secret" not in answer.text
        assert answer.status_code == 404 or answer.content == PAGE


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("name", ["page", "bad_rows"])
def test_a_file_is_a_download(site: Any, name: str) -> None:
    """The browser keeps it and shows nothing of it."""
    site.announce(page=site.put("gate/report.html", PAGE), bad_rows=site.put('gate/bad "rows".csv', b"a,b\n"))
    answer = site.get(f"{PATH}/file/{name}")
    assert answer.content == {"page": PAGE, "bad_rows": b"a,b\n"}[name]
    file = {"page": "report.html", "bad_rows": "bad__rows_.csv"}[name]
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_page_that_is_too_large_is_offered_as_a_download(site: Any) -> None:
    """More than 5 MB is not sent to be shown; exactly 5 MB is."""
    site.announce(page=site.put("gate/report.html", b" " * (5 * MEGABYTE + 1)))
    answer = site.get(PATH)
    assert answer.status_code == 413
    assert f'href="{PATH.replace("%3A", ":").replace("%2B", "+")}/file/page"' in answer.text
    assert len(site.get(f"{PATH}/file/page").content) == 5 * MEGABYTE + 1
    site.put("gate/report.html", b" " * (5 * MEGABYTE))
    assert site.get(PATH).status_code == 200


def test_a_task_that_announced_nothing_has_no_page(site: Any) -> None:
    """The message names the task."""
    answer = site.get(PATH)
    assert answer.status_code == 404
    assert "Task gate of this run has announced no page." in answer.text


@pytest.mark.parametrize(
    "value",
    [
        "s3://reports/gate/report.html",
        ["page"],
        {"files": "page", "aws_conn_id": None, "region_name": "us-east-1"},
        {"files": {"page": 1}, "aws_conn_id": None, "region_name": "us-east-1"},
        {"files": {"page": "s3://reports/x.html"}, "aws_conn_id": {"secret": 1}, "region_name": "us-east-1"},
        {"files": {"page": "https://example.com/x.html"}, "aws_conn_id": None, "region_name": "us-east-1"},
        {"files": {"page": "/etc/passwd"}, "aws_conn_id": None, "region_name": "us-east-1"},
        {"files": {"page": "file:///etc/passwd"}, "aws_conn_id": None, "region_name": "us-east-1"},
        {"__classname__": "subprocess.Popen", "__version__": 1, "__data__": ["true"]},
    ],
    ids=lambda value: json.dumps(value)[:60],
)
@pytest.mark.parametrize("encoded", [False, True], ids=["JSON", "JSON in a string"])
def test_an_xcom_that_is_no_report_is_refused(site: Any, value: Any, encoded: bool) -> None:
    """Anybody may have written it."""
    site.push(json.dumps(value) if encoded else value)
    assert site.get(PATH).status_code == 404


def test_what_was_announced_is_escaped(site: Any) -> None:
    """A place with markup in it stays text."""
    site.announce(page="s3://reports/<script>alert(1)</script>.html")
    answer = site.get(PATH)
    assert answer.status_code == 410
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "error", "code": "NoSuchKey"}, 410, "any more"),
        (
            {"kind": "error", "code": "AccessDenied", "message": "User: arn:aws:iam::1:role/r"},
            502,
            "AccessDenied",
        ),
        ({"kind": "http", "status": 503, "times": 9}, 503, "Try again"),
        ({"kind": "drop", "times": 9}, 503, "Try again"),
    ],
    ids=["gone", "refused", "busy", "away"],
)
@pytest.mark.usefixtures("page")
def test_what_s3_says_is_told_in_plain_words(
    site: Any, runtime: Any, fault: dict[str, Any], status: int, words: str
) -> None:
    """What happened and whose permission it takes; no trace, no ARN, no secret."""
    runtime.server.faults.add(fault.pop("kind"), operation="GetObject", **fault)
    answer = site.get(PATH)
    assert answer.status_code == status
    assert words in answer.text
    for hidden in ("Traceback", "arn:", "test", "botocore"):
        assert hidden not in answer.text


@pytest.mark.usefixtures("page")
def test_what_nobody_foresaw_is_in_the_log_only(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of a bug tells nothing of it."""
    monkeypatch.setattr("airflow_mlmax.ui.reports.SageMakerJobHook", lambda **_: 1 / 0)
    answer = site.get(PATH)
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert "The log of the API server says why." in answer.text
