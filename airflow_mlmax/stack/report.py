"""The demo's closing tables."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from airflow_mlmax.stack.chapters.backtest import Backtest
from airflow_mlmax.stack.chapters.bad_file import Closed
from airflow_mlmax.stack.chapters.scoring import SecondPass
from airflow_mlmax.stack.chapters.training import Contest, Version
from airflow_mlmax.stack.demo import Made
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack


def report(screen: Screen, stack: Stack, made: Made) -> None:
    """Prints what was made, where it lies, and where to look at it."""
    for part in _parts(made):
        screen.console.print()
        screen.console.print(part, soft_wrap=isinstance(part, str), markup=False)
    screen.console.print()
    for name, value in _facts(screen, stack, made).items():
        screen.console.print(f"{name:<28} {value}", soft_wrap=True, markup=False)


def _parts(made: Made) -> Iterator[RenderableType]:
    yield _versions_table(made.versions)
    yield _decisions_table(made)
    yield _days_table(made)
    yield _second_pass(made.second_pass)
    yield _monitors_table(made)
    yield from map(_closed, made.closed)
    if made.backtest:
        yield _backtest_table(made.backtest)


def _versions_table(versions: Sequence[Version]) -> Table:
    table = _table(
        "Champion and challengers: ROC AUC on the two weeks before the end of the version's window",
        *("version", "until", "model", "baseline", "champion", "gain, at least", "approval", "why"),
    )
    for each in versions:
        measured = (f"{each.measures[who]['roc_auc']:.3f}" for who in ("model", "baseline"))
        table.add_row(
            str(each.number), each.until, *measured, *_contest(each.contest), each.approval, _why(each)
        )
    return table


def _contest(contest: Contest | None) -> tuple[str, str]:
    return (f"{contest.champion:.3f}", f"{contest.lower:+.4f}") if contest else ("", "")


def _why(version: Version) -> str:
    contest = version.contest
    if contest is None:
        return "the first champion"
    return "; ".join(contest.reasons) or f"above the policy's margin, -{contest.margin}"


def _decisions_table(made: Made) -> Table:
    table = _table("What flights_retraining has decided", "as of", "because of", "train?", "reason")
    for each in made.decisions:
        causes = ", ".join(cause["cause"].replace("_", " ") for cause in each["causes"])
        table.add_row(each["as_of"], causes, "yes" if each["retrain"] else "no", each["reason"])
    return table


def _days_table(made: Made) -> Table:
    table = _table("Predictions that are published", "day")
    table.add_column("rows", justify="right")
    table.add_column("model version", justify="right")
    table.add_column("manifest", overflow="fold")
    for scored in made.days:
        table.add_row(scored.day, f"{scored.rows:,}", str(scored.model_version), scored.manifest_uri)
    table.add_section()
    table.add_row("all", f"{sum(scored.rows for scored in made.days):,}")
    return table


def _second_pass(again: SecondPass) -> str:
    return (
        f"The first {again.days} days backfilled once more, after the promotion: {again.created} new jobs and models; "
        f"{again.objects - len(again.changed)} of {again.objects} published objects have the same bytes as before."
    )


def _monitors_table(made: Made) -> Table:
    table = _table("What the monitors say of the week that ends with the day", "day", "monitor")
    table.add_column("violations", justify="right")
    table.add_column("the first of them: observed against threshold", overflow="fold")
    for each in made.monitors:
        told = "; ".join(each.reasons[:3])
        table.add_row(each.day, each.kind.replace("_", " "), str(each.violations), told)
    return table


def _closed(closed: Closed) -> str:
    return (
        f"A gate that closed: {closed.day}, {closed.damage}\n{closed.told}\n"
        f"After the repair {closed.rows:,} rows of {closed.day} were scored and published."
    )


def _backtest_table(backtest: Backtest) -> Table:
    roc_auc = backtest.summary["roc_auc"]
    table = _table(
        f"Back-test: ROC AUC, ahead in {roc_auc['better']} of {roc_auc['compared']}",
        *("test", "flights", "model", "baseline"),
    )
    for part in backtest.parts:
        measured = [f"{part[who]['roc_auc']:.3f}" for who in ("model", "baseline")]
        table.add_row(part["name"], f"{part['rows']:,}", *measured)
    table.add_section()
    table.add_row("mean", "", *(f"{roc_auc[who]['mean']:.3f}" for who in ("model", "baseline")))
    return table


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left")


def _facts(screen: Screen, stack: Stack, made: Made) -> dict[str, str]:
    minutes, seconds = divmod(round(screen.elapsed), 60)
    champion = made.versions[-1]
    backtest = {"report of the back-test": f"{stack.url}{made.backtest.page}"} if made.backtest else {}
    return {
        "model package": champion.arn,
        "model artifact": champion.artifact_uri,
        "evaluation": champion.evaluation_uri,
        "SageMaker resources created": str(made.created)
        if made.created
        else "0: all of this was there before",
        **{f"closed gate of {each.day}": f"{stack.url}{each.page}" for each in made.closed},
        **backtest,
        "wall time": f"{minutes} min {seconds} s",
        "Airflow's UI": f"{stack.url}  user {stack.user}  password {stack.password}",
        "SageMaker and S3": f"{stack.endpoint}  (for example: aws --endpoint-url {stack.endpoint} s3 ls)",
        "logs and data": str(stack.layout.root),
    }
