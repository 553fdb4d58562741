"""Versions of the layouts of what is written; the same for those who write and those who read it."""

from __future__ import annotations

__all__ = ["AUDIT_SCHEMA", "COMPARISON_SCHEMA", "METRICS_SCHEMA"]

#: Version of ``metrics.json``.
METRICS_SCHEMA = "counterframe-metrics/2"

#: Version of ``audit.json``.
AUDIT_SCHEMA = "counterframe-audit/1"

#: Version of ``comparison.json``.
COMPARISON_SCHEMA = "counterframe-comparison/1"
