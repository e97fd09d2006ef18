"""Preference steering: whether words and history together serve better than either, by Mender's five protocols."""

from agent.evaluation.steering.held_out import HeldOut, held_out_events, held_out_model
from agent.evaluation.steering.measuring import steering
from agent.evaluation.steering.recommenders import Recommenders
from agent.evaluation.steering.wishes import Teller

__all__ = ["HeldOut", "Recommenders", "Teller", "held_out_events", "held_out_model", "steering"]
