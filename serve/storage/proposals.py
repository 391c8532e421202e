"""Proposed risk rules: checked, previewed on the latest cases, approved by a second person."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from serve.problems import ProblemError
from serve.storage.cases import Factory, now
from serve.storage.engine import transaction
from serve.storage.models import Case, RuleProposal
from triage.errors import InputError
from triage.knowledge import Knowledge
from triage.risk.preview import Hit, parse_entry, preview

#: Latest cases a proposal is tried on.
PREVIEW_CASES = 500
_SHOWN = 20


def try_entry(
    factory: Factory, raw: dict[str, Any], knowledge: Knowledge, today: dt.date
) -> tuple[dict[str, Any], list[Hit], int]:
    """(entry as stored, hits, cases looked at). Raises ProblemError 422 with the field."""
    try:
        entry = parse_entry(raw, knowledge)
    except InputError as error:
        raise ProblemError(422, error.message, error.code, error.field) from error
    with factory() as session:
        taken = select(RuleProposal).where(RuleProposal.status.in_(("proposed", "approved")))
        if any(p.entry["id"] == entry.id for p in session.scalars(taken)):
            raise ProblemError(422, f"规则编号 {entry.id} 已有人提出，请换一个", "taken", "rule_id")
        columns = select(Case.case_code, Case.narrative, Case.decided_sub_type)
        chosen = columns.order_by(Case.id.desc()).limit(PREVIEW_CASES)
        rows = [
            (code, text, kind.startswith("LAB-") or kind == "COM-SERV")
            for code, text, kind in session.execute(chosen)
        ]
    stored = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return stored, preview(entry, rows, knowledge, today), len(rows)


def propose(
    factory: Factory,
    raw: dict[str, Any],
    by: str,
    note: str,
    knowledge: Knowledge,
    today: dt.date,
) -> RuleProposal:
    """Store a proposal with its preview."""
    if not by.strip():
        raise ProblemError(422, "请填写提出人姓名", "missing", "by")
    stored, hits, seen = try_entry(factory, raw, knowledge, today)
    with transaction(factory) as session:
        proposal = RuleProposal(
            created_at=now(),
            proposed_by=by.strip(),
            note=note.strip(),
            entry=stored,
            preview={
                "cases": seen,
                "hits": len(hits),
                "raised": sum(h.before != h.after for h in hits),
                "examples": [
                    {"case": h.key, "said": h.said, "before": h.before, "after": h.after}
                    for h in hits[:_SHOWN]
                ],
            },
            policy_version=knowledge.policy.version,
            status="proposed",
            decided_by="",
            decision_note="",
        )
        session.add(proposal)
        session.flush()
        return proposal


def decide(factory: Factory, number: int, decision: str, by: str, note: str) -> RuleProposal:
    """Approve, reject or withdraw; the proposer cannot approve his own rule.

    Args:
        decision: `approve` or `reject` an open proposal, `withdraw` an approved one (it is gone with
            the next export).
    """
    outcomes = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}
    if decision not in outcomes:
        raise ProblemError(422, "请选择批准、不同意或撤回", "unknown", "decision")
    if not by.strip():
        raise ProblemError(422, "请填写审批人姓名", "missing", "by")
    with transaction(factory) as session:
        proposal = session.get(RuleProposal, number, with_for_update=True)
        if proposal is None:
            raise ProblemError(404, f"没有编号为 {number} 的规则提议", "not_found")
        expected = "approved" if decision == "withdraw" else "proposed"
        if proposal.status != expected:
            raise ProblemError(409, "这条提议已经处理过了", "decided")
        if decision == "approve" and by.strip() == proposal.proposed_by:
            raise ProblemError(
                403, "提出人不能审批自己的规则，请另一位主管审批", "same_person", "by"
            )
        proposal.status = outcomes[decision]
        proposal.decided_at = now()
        proposal.decided_by = by.strip()
        proposal.decision_note = note.strip()
        return proposal


def listing(factory: Factory) -> list[RuleProposal]:
    """All proposals: open ones first, then the latest decided."""
    with factory() as session:
        rows = session.scalars(select(RuleProposal).order_by(RuleProposal.id.desc()).limit(200))
        return sorted(rows, key=lambda p: p.status != "proposed")


def export_approved(factory: Factory, version: str, output: Path) -> int:
    """Write the approved entries as `data/risk/local.yaml`, which the next start reads."""
    with factory() as session:
        chosen = select(RuleProposal).where(RuleProposal.status == "approved")
        rows = list(session.scalars(chosen.order_by(RuleProposal.id)))
    lines = [
        f"# 本县规则：由 triage data export-rules 写出，每条都经两人审批。共 {len(rows)} 条。",
        yaml.safe_dump(
            {"version": version, "entries": [p.entry for p in rows]},
            allow_unicode=True,
            sort_keys=False,
        ),
    ]
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(output.name + ".part")
    part.write_text("\n".join(lines), encoding="utf-8")
    part.replace(output)
    return len(rows)
