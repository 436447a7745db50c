"""Records as text for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_mlmax.records.document import JobRecord, RunRecord, TaskRecord, VerdictRecord
    from airflow_mlmax.records.spending import Spent

_HOUR = 3600


def line(run: "RunRecord") -> str:
    """One run."""
    version = f"v{run.model_version}" if run.model_version else "-"
    parts = [
        *(f"{run.ended:%Y-%m-%d %H:%M}", f"{run.state:<7}", run.dag_id, run.run_id),
        *(version, run.decision or _drift(run), _usd(run.cost_usd)),
    ]
    return "  ".join(parts)


def page(run: "RunRecord") -> Iterator[str]:
    """All of one run."""
    yield f"run       {run.dag_id} {run.run_id} ({run.run_type})"
    yield f"state     {run.state}, {run.started or '?'} to {run.ended}"
    if run.interval_start:
        yield f"interval  {run.interval_start} to {run.interval_end}"
    if run.model_version:
        yield f"model     {run.model} version {run.model_version}"
    if run.decision:
        by = f" by {run.decided_by}" if run.decided_by else ""
        yield f"decision  {run.decision}{by}{': ' if run.why else ''}{run.why or ''}"
    yield f"cost      {_usd(run.cost_usd)}"
    yield from _part("tasks", (line for task in run.tasks for line in _task(run, task)))
    yield from _part("verdicts", (line for verdict in run.verdicts for line in _verdict(verdict)))
    yield from _part(
        "metrics", (f"{each.task_id}: {each.name} {each.slice} {each.value:.6g}" for each in run.metrics)
    )
    yield from _part(
        "inputs", (f"{each.name}: {each.uri} sha256 {each.sha256 or '?'}" for each in run.inputs)
    )


def table(by: Sequence[str], spent: Sequence["Spent"]) -> Iterator[str]:
    """Sums with a total below."""
    rows = [(*(each or "-" for each in one.of), *_figures([one])) for one in spent]
    total = ("total", *[""] * (len(by) - 1), *_figures(spent))
    cells = [(*by, "jobs", "hours", "saved by spot", "USD"), *rows, total]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        named = [cell.ljust(width) for cell, width in zip(row[: len(by)], widths, strict=False)]
        figures = [
            cell.rjust(width) for cell, width in zip(row[len(by) : -1], widths[len(by) :], strict=False)
        ]
        yield "  ".join([*named, *figures, row[-1]])


def _figures(spent: Sequence["Spent"]) -> tuple[str, ...]:
    unknown = sum(one.unknown for one in spent)
    return (
        str(sum(one.jobs for one in spent)),
        f"{sum(one.billable_seconds for one in spent) / _HOUR:.2f}",
        f"{sum(one.spot_saving_usd for one in spent):.4f}",
        f"{sum(one.usd for one in spent):.4f}" + (f" and {unknown} jobs of unknown cost" if unknown else ""),
    )


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = [f"  {each}" for each in lines]
    return iter([title, *found] if found else [])


def _task(run: "RunRecord", task: "TaskRecord") -> Iterator[str]:
    from airflow_mlmax.records.document import cost

    number = f"[{task.map_index}]" if task.map_index >= 0 else ""
    seconds = "" if task.seconds is None else f"{task.seconds:8.1f} s"
    jobs = run.jobs_of(task)
    spent = f"  {_usd(cost(jobs))}" if jobs else ""
    yield f"{task.state:<15} {seconds:>10}  {task.task_id}{number}{spent}"
    if len(jobs) > 1:
        yield from (f"  {_job(job)}" for job in jobs)


def _job(job: "JobRecord") -> str:
    tried = f" of try {job.try_number}" if job.try_number else ""
    return f"{job.name}{tried}: {job.status or 'state unknown'}, {_usd(job.cost_usd)}"


def _verdict(verdict: "VerdictRecord") -> Iterator[str]:
    decision = f", {verdict.decision}" if verdict.decision else ""
    yield f"{verdict.task_id}: {verdict.status}{decision}  {verdict.report_uri or ''}".rstrip()
    figures = verdict.figures
    if worst := figures.get("worst_features"):
        yield f"  {figures.get('violation_count')} violations, the worst of {', '.join(map(str, worst))}"
    yield from (f"  {_reason(each)}" for each in figures.get("reasons") or ())
    for each in figures.get("causes") or ():
        held = "; ".join(each.get("held") or ())
        yield f"  {each.get('cause')}: {each.get('says')}" + (f"; held: {held}" if held else "")
    yield from (f"  held: {each}" for each in figures.get("held") or ())


def _reason(reason: Any) -> str:
    if not isinstance(reason, Mapping):
        return str(reason)
    figures = f"observed {reason.get('observed')} against {reason.get('threshold')}"
    return f"{reason.get('feature')} {reason.get('check')}: {figures}"


def _drift(run: "RunRecord") -> str:
    """How many violations the run's monitors found; a dash where they found none, or there was none."""
    count = sum(each.figures.get("violation_count") or 0 for each in run.verdicts)
    return f"{count} violations" if count else "-"


def _usd(amount: float | None) -> str:
    return "price unknown" if amount is None else f"{amount:.4f} USD"
