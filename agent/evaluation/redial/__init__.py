"""Recorded dialogues as a benchmark: what is recommended at each turn against what the person in the recording recommended."""

from agent.evaluation.redial.learning import learnt_from
from agent.evaluation.redial.protocol import measure_redial

__all__ = ["learnt_from", "measure_redial"]
