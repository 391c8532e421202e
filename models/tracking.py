"""MLflow, when the `ml` extra is installed; training works the same without it.

A SQLite store under `var/` (MLflow ≥ 3.13 refuses the plain file store), never a server: the
county runs offline.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def available() -> bool:
    return find_spec("mlflow") is not None


def log_run(
    root: Path,
    run_name: str,
    parameters: Mapping[str, Any],
    report: Mapping[str, Any],
    bundle: Path,
) -> str | None:
    """Record one training run with its parameters, figures and the bundle itself as artefact.

    Returns:
        The run id, or None without MLflow.
    """
    if not available():
        return None
    import mlflow

    store = root / "var" / "mlflow"
    store.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{(store / 'mlflow.db').as_posix()}")
    name = "dispute-triage"
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, artifact_location=(store / "artifacts").as_uri())
    mlflow.set_experiment(name)
    with mlflow.start_run(run_name=run_name) as run:
        mlflow.log_params({k: str(v)[:250] for k, v in parameters.items()})
        mlflow.log_metrics(dict(_figures(report)))
        mlflow.log_artifacts(str(bundle), artifact_path="bundle")
        return str(run.info.run_id)


def _figures(report: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    """Every {"value", "n", …} leaf as `path.value`; keys kept to what MLflow accepts."""
    out: list[tuple[str, float]] = []
    for key, value in report.items():
        if not isinstance(value, Mapping) or not str(key).isascii():
            if isinstance(value, int | float) and str(key).isascii():
                out.append((f"{prefix}{key}", float(value)))
            continue
        if "value" in value and "n" in value:
            out.append((f"{prefix}{key}", float(value["value"])))
        else:
            out += _figures(value, f"{prefix}{key}.")
    return out
