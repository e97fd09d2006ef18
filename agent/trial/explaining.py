"""The trial of wording: reasons of well-known items, each checked word by word against its evidence."""

import time
from collections.abc import Sequence

import numpy as np

from agent.llm import BudgetedModel, ReasonWriter
from agent.llm.roles import Verdict
from agent.replies.explaining import Ground, explain
from agent.replies.speaking import claims
from agent.retrieval.constraints import allow
from memory.preferences import KeywordTarget, Preference
from tools.toolbox import Toolbox

REASONS = 8
MUST = 0.75  # of the sentences could be shown as they were
SLOWEST_S = 4.0  # a sentence; a slate has five


def try_explaining(
    model: BudgetedModel, reasons: Sequence[tuple[str, list[str], str]], nouns: Sequence[str]
) -> Verdict:
    """Whether most of the model's sentences say nothing but their evidence, in time. reasons: of `reasons_to_word`."""
    writer = ReasonWriter(model, nouns)
    begun = time.monotonic()
    for title, facts, template in reasons:
        if model.budget.left_s <= 0:
            break
        writer.word(title, facts, template)
    counts = writer.counts
    each_s = (time.monotonic() - begun) / counts.asked if counts.asked else 0.0
    figures = {"kept": counts.kept, "of": counts.asked, "rejected": counts.rejected, "failed": counts.failed}
    figures["mean_s"] = round(each_s, 2)  # type: ignore[assignment]
    if not counts.asked:
        return Verdict(False, "there was no time to try it", figures)
    passed = counts.asked >= REASONS / 2 and counts.kept >= MUST * counts.asked and each_s <= SLOWEST_S
    slow = f", too slow: {SLOWEST_S:.0f} s at most" if each_s > SLOWEST_S else ""
    sentence = f"{counts.kept} of {counts.asked} sentences said only what their evidence says, {each_s:.1f} s each{slow}"
    return Verdict(passed, sentence, figures)


def reasons_to_word(toolbox: Toolbox, seed: int = 0) -> list[tuple[str, list[str], str]]:
    """(title, facts, template) of items that have a keyword, as a turn would give them."""
    rng = np.random.default_rng(seed)
    catalog = toolbox.catalog
    known = np.argsort(-toolbox.sequence.popularity, kind="stable")[:300]
    found: list[tuple[str, list[str], str]] = []
    for row in rng.permutation(known):
        item = catalog.items[int(row)]
        held = [value for facet in toolbox.keywords.facets for value in item.values(facet)]
        wishes = tuple(Preference(n, "+", "prefer", KeywordTarget(k), k, 1) for n, k in enumerate(held[:2]))
        allowed = allow(wishes, np.zeros(len(catalog), bool), toolbox)
        ground = Ground(wishes, (), (), dict(toolbox.match_keywords(held[:2])), allowed)
        reason = explain(int(row), ground, toolbox)[0]
        found.append((item.title, claims(reason), reason.text))
        if len(found) == REASONS:
            break
    return found
