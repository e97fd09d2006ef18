"""Every text of the conversations given to the checker, and as many made false to see that it notices."""

from collections import Counter
from typing import Any

from agent.agent import Agent
from agent.evaluation.claims import Checker, Claim
from agent.evaluation.corruptions import Corruptor
from agent.evaluation.explanations.sources import held_against
from agent.evaluation.explanations.talking import Explanation, explanations
from agent.evaluation.explanations.wording import Wording

KINDS = ("reason", "reply", "why", "comparison", "answer")
VERDICTS = ("true", "false", "unverifiable")


def check_explanations(agent: Agent, count: int, seed: int) -> dict[str, Any]:
    """The claims of so many explanations by verdict and kind of text; what is not true, each with its text; and how
    many of as many corruptions of true texts the checker caught."""
    checker = Checker(agent.catalog, agent.toolbox.sequence)
    corruptor = Corruptor(agent.catalog, agent.toolbox.sequence, seed)
    texts: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    worded: Counter[str] = Counter()
    caught: dict[str, Counter[str]] = {}
    faults: list[dict[str, str]] = []
    missed: list[dict[str, str]] = []
    by_claim: dict[str, Counter[str]] = {}
    wording = Wording()
    cases: list[dict[str, Any]] = []
    for number, told in enumerate(explanations(agent, count, seed)):
        claims = checker.claims(told.text, told.told)
        texts[told.kind] += 1
        worded[told.worded_by] += told.kind == "reason"
        verdicts[told.kind].update(c.verdict for c in claims)
        wording.add(told.model)
        for claim in claims:
            by_claim.setdefault(claim.kind, Counter())[claim.verdict] += 1
        wrong = [c for c in claims if c.verdict != "true"]
        verifiable = all(c.verdict != "unverifiable" for c in claims)
        cases.append(
            {
                "id": f"e{number}",
                "conversation": told.conversation,
                "verifiable": verifiable,
                "true": not wrong,
            }
        )
        faults += [_fault(told, claim) for claim in wrong]
        corrupted = None if wrong else corruptor.corrupt(told.text, told.told)
        if corrupted is not None:
            noticed = any(c.verdict != "true" for c in checker.claims(corrupted.text, told.told))
            caught.setdefault(corrupted.kind, Counter())["caught" if noticed else "missed"] += 1
            missed += [] if noticed else [{"kind": corrupted.kind, "text": corrupted.text, "true": told.text}]
    return {
        "benchmark": "explanations",
        "catalog": agent.catalog.spec.catalog.name,
        "seed": seed,
        "explanations": sum(n for kind, n in texts.items() if kind != "reply"),
        "texts": dict(texts),
        "claims": {kind: {v: verdicts[kind][v] for v in VERDICTS} for kind in KINDS},
        "false": sum(v["false"] for v in verdicts.values()),
        "worded_by": {name: n for name, n in worded.items() if n},
        "by_claim": {
            kind: {"against": held_against(kind), **{v: by_claim[kind][v] for v in VERDICTS}}
            for kind in sorted(by_claim)
        },
        "wording": wording.to_json(),
        "cases": cases,
        "faults": faults,
        "corruptions": {k: {"made": c.total(), "caught": c["caught"]} for k, c in sorted(caught.items())},
        "missed": missed,
    }


def _fault(told: Explanation, claim: Claim) -> dict[str, str]:
    return {
        "verdict": claim.verdict,
        "kind": told.kind,
        "words": claim.words,
        "why": claim.why,
        "text": told.text,
        "message": told.message,
        "worded_by": told.worded_by,
    }
