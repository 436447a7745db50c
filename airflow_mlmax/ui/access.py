"""Who may see a page: Airflow's own rules, on every request. Airflow puts no login before a plugin's pages."""

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag, requires_access_view
from fastapi import Depends

SIGNED_IN = Depends(requires_access_view(AccessView.WEBSITE))
"""For every page: a signed-in user who may see Airflow's UI."""

MAY_READ_RUN = (
    Depends(requires_access_dag("GET", DagAccessEntity.RUN)),
    Depends(requires_access_dag("GET", DagAccessEntity.XCOM)),
)
"""For a page below `{dag_id}`: who may see the DAG's runs and what its tasks hand on."""
