"""The brain of the dispute triage service: one narrative in, one `TriageResult` out.

A plain library: no web, no database, no torch, no MLflow. `triage.pipeline.Triager` is the only
place that knows the order of the steps; `triage.result` holds the contract with everybody else.
"""

__version__ = "0.1.0"
