"""What a turn costs, by step and by role of the language model, and how good the order is that it pays for."""

from agent.evaluation.cost.measuring import (
    Order,
    Setting,
    TurnCost,
    held_out_choices,
    keyless_orders,
    measure_setting,
)
from agent.evaluation.cost.section import cost_section

__all__ = [
    "Order",
    "Setting",
    "TurnCost",
    "cost_section",
    "held_out_choices",
    "keyless_orders",
    "measure_setting",
]
