"""Evidence in, judgement out: the audit of what VASPs publish, as a pure function (spec/audit.md)."""

from carnet.audit.job import Stream
from carnet.audit.report import Finding, Progress, Report, SourceReport
from carnet.audit.rules import CHECKS, Rule, Verdict
from carnet.audit.source import audit_source
from carnet.audit.sources import Source, audit_sources, finish
from carnet.audit.state import Keep, StateError

__all__ = [
    "CHECKS",
    "Finding",
    "Keep",
    "Progress",
    "Report",
    "Rule",
    "Source",
    "SourceReport",
    "StateError",
    "Stream",
    "Verdict",
    "audit_source",
    "audit_sources",
    "finish",
]
