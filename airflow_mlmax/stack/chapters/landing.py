"""The landing zone of the demo: one file of flights and one of labels for each day."""

import subprocess
import sys
from datetime import date

from airflow_mlmax.stack.chapters.scene import Scene, Span
from airflow_mlmax.stack.environment import CREDENTIALS, REGION, base_environment
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.flights import BUCKET


def fill(scene: Scene, days: Span) -> None:
    """Puts the flights of the days into the local S3, once; labels come until the day before the last."""
    mark = scene.stack.layout.root / "seeded"
    filled = mark.read_text().split() if mark.is_file() else []
    if filled and date.fromisoformat(filled[0]) <= days.first and days.last <= date.fromisoformat(filled[1]):
        scene.say("the landing zone is filled from an earlier run")
        return
    scene.say(f"filling the landing zone with one file of flights for each day, {days}")
    program = scene.repository / "dags" / "models" / "flights" / "seed.py"
    span = [str(days.first), str(days.last)]
    command = [sys.executable, str(program), "--bucket", BUCKET, "--days", *span]
    credentials = {name.upper(): value for name, value in CREDENTIALS.items()}
    place = {"AWS_ENDPOINT_URL": scene.stack.endpoint, "AWS_REGION": REGION}
    variables = {**base_environment(), **credentials, **place}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if done.returncode:
        raise StackError(f"{program} failed:\n{done.stderr[-2000:]}")
    mark.write_text(" ".join(span))
