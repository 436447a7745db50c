"""The demo's closing tables."""

from rich.markup import escape
from rich.table import Table

from airflow_mlmax.stack.demo import Made
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack

_MEASURES = {"roc_auc": "ROC AUC", "pr_auc": "PR AUC"}


def report(screen: Screen, stack: Stack, made: Made) -> None:
    """Prints what was made, where it lies, and where to look at it."""
    screen.console.print()
    screen.console.print(_model_table(made))
    screen.console.print(_days_table(made))
    screen.console.print(_monitors_table(made))
    _bad_day(screen, made)
    screen.console.print()
    for name, value in _facts(screen, stack, made).items():
        screen.console.print(f"{name:<28} {value}", soft_wrap=True, markup=False)


def _model_table(made: Made) -> Table:
    model = made.model
    table = Table(
        "",
        *_MEASURES.values(),
        title=f"Model version {model.version} ({model.approval})",
        title_justify="left",
    )
    for who, label in (("model", "model"), ("baseline", "baseline: origin, carrier, hour")):
        table.add_row(label, *(f"{model.measures[who][name]:.3f}" for name in _MEASURES))
    return table


def _days_table(made: Made) -> Table:
    table = Table(title="Predictions made by the backfill", title_justify="left")
    table.add_column("day")
    table.add_column("rows", justify="right")
    table.add_column("model version", justify="right")
    table.add_column("published", overflow="fold")
    for scored in made.days:
        table.add_row(scored.day, f"{scored.rows:,}", str(scored.model_version), scored.manifest_uri)
    table.add_section()
    table.add_row("all", f"{sum(scored.rows for scored in made.days):,}")
    return table


def _monitors_table(made: Made) -> Table:
    table = Table(title="What the monitors say of the week", title_justify="left")
    table.add_column("monitor")
    table.add_column("violations", justify="right")
    table.add_column("the first of them: observed against threshold", overflow="fold")
    for each in made.monitors:
        table.add_row(each.kind.replace("_", " "), str(each.violations), escape("; ".join(each.reasons[:3])))
    return table


def _bad_day(screen: Screen, made: Made) -> None:
    closed = made.closed
    screen.console.print(f"\n[italic]A gate that closed: {closed.day}, {escape(closed.damage)}[/italic]")
    screen.console.print(closed.told, soft_wrap=True, markup=False)
    screen.console.print(
        f"After the repair {closed.rows:,} rows of {closed.day} were scored and published.", markup=False
    )


def _facts(screen: Screen, stack: Stack, made: Made) -> dict[str, str]:
    minutes, seconds = divmod(round(screen.elapsed), 60)
    return {
        "model package": made.model.arn,
        "model artifact": made.model.artifact_uri,
        "evaluation": made.model.evaluation_uri,
        "SageMaker resources created": str(made.created)
        if made.created
        else "0: all of this was there before",
        "report of the closed gate": f"{stack.url}{made.closed.page}",
        "wall time": f"{minutes} min {seconds} s",
        "Airflow's UI": f"{stack.url}  user {stack.user}  password {stack.password}",
        "SageMaker and S3": f"{stack.endpoint}  (for example: aws --endpoint-url {stack.endpoint} s3 ls)",
        "logs and data": str(stack.layout.root),
    }
