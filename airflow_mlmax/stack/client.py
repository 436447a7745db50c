"""Airflow's REST API, as much of it as the demo and the end-to-end tests use."""

from datetime import datetime
from typing import Any

import httpx

from airflow_mlmax.stack.environment import USER
from airflow_mlmax.stack.errors import StackError


class AirflowClient:
    """Calls Airflow as the stack's own user; a refused call raises `StackError` with Airflow's words."""

    def __init__(self, url: str, password: str) -> None:
        self.url = url
        self._password = password
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def healthy(self, component: str) -> bool:
        """Whether `scheduler`, `triggerer`, `dag_processor` or `metadatabase` reports itself alive."""
        try:
            report = self._http.get("/api/v2/monitor/health", timeout=10).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(report.get(component, {}).get("status") == "healthy")

    def has_dag(self, dag_id: str) -> bool:
        return self._answer("GET", f"/dags/{dag_id}").status_code == httpx.codes.OK

    def import_errors(self) -> list[dict[str, Any]]:
        errors: list[dict[str, Any]] = self.call("GET", "/importErrors")["import_errors"]
        return errors

    def unpause(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def ensure_pool(self, name: str, slots: int) -> None:
        """Makes a pool if there is none; a task that waits for its job, which is a deferred one, keeps its slot."""
        if self._answer("GET", f"/pools/{name}").is_error:
            self.call("POST", "/pools", {"name": name, "slots": slots, "include_deferred": True})

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None, **fields: Any) -> str:
        """Starts a run and returns its id."""
        body = {"logical_date": None, "conf": conf or {}, **fields}
        run_id: str = self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return run_id

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")

    def runs(self, dag_id: str, **query: Any) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.call("GET", f"/dags/{dag_id}/dagRuns", limit=100, **query)[
            "dag_runs"
        ]
        return runs

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        tasks: list[dict[str, Any]] = self.call("GET", path, limit=100)["task_instances"]
        return tasks

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        return self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}")

    def set_state(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """Marks a task instance, as a person does in the UI."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        self.call("PATCH", path, {"new_state": state})

    def clear(self, dag_id: str, run_id: str, *task_ids: str) -> None:
        """Has tasks that are over done again."""
        self._clear(dag_id, run_id, {"task_ids": list(task_ids), "only_failed": False})

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Has all tasks of a run done again."""
        self._clear(dag_id, run_id, {"only_failed": False})

    def clear_failed(self, dag_id: str, run_id: str) -> None:
        """Has the failed tasks of a run done again, and what waits for them."""
        self._clear(dag_id, run_id, {"only_failed": True})

    def _clear(self, dag_id: str, run_id: str, choice: dict[str, Any]) -> None:
        body = {"dry_run": False, "dag_run_id": run_id, **choice}
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", body)

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.call("GET", path, deserialize=True)["value"]

    def links(self, dag_id: str, run_id: str, task_id: str) -> dict[str, str | None]:
        """Addresses of a task's extra buttons by their names."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/links"
        links: dict[str, str | None] = self.call("GET", path)["extra_links"]
        return links

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int = -1) -> list[str]:
        """The lines of a task's log."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        content = self.call("GET", path, map_index=map_index, full_content=True)["content"]
        return [_log_line(line) for line in content]

    def backfill(
        self, dag_id: str, first: datetime, last: datetime, *, max_active_runs: int, **fields: Any
    ) -> int:
        """Asks the scheduler to run every interval between the two dates and returns the backfill's id."""
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "max_active_runs": max_active_runs,
            **fields,
        }
        number: int = self.call("POST", "/backfills", body)["id"]
        return number

    def active_backfills(self, dag_id: str) -> list[int]:
        """Ids of the DAG's backfills that are not over; Airflow allows one at a time."""
        backfills = self.call("GET", "/backfills", dag_id=dag_id, limit=100)["backfills"]
        return [backfill["id"] for backfill in backfills if backfill["completed_at"] is None]

    def backfill_over(self, number: int) -> bool:
        return self.call("GET", f"/backfills/{number}")["completed_at"] is not None

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """One call below `/api/v2`; raises `StackError` unless Airflow accepts it."""
        answer = self._answer(method, path, body, query)
        if answer.is_error:
            raise StackError(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:500]}")
        result: dict[str, Any] = answer.json() if answer.content else {}
        return result

    def _answer(self, method: str, path: str, body: Any = None, query: Any = None) -> httpx.Response:
        if "Authorization" not in self._http.headers:
            self._log_in()
        return self._http.request(method, f"/api/v2{path}", json=body, params=query)

    def _log_in(self) -> None:
        answer = self._http.post("/auth/token", json={"username": USER, "password": self._password})
        if answer.is_error:
            raise StackError(
                f"Airflow refused the login of {USER!r}: {answer.status_code} {answer.text[:200]}"
            )
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _log_line(entry: dict[str, Any] | str) -> str:
    if isinstance(entry, str):
        return entry
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or []]
    return " ".join([str(entry["event"]), *errors])
