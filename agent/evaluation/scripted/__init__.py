"""Scripted dialogues: what the person says or presses, as data files, and what must hold after each turn."""

from agent.evaluation.scripted.dialogue import (
    Dialogue,
    DialogueTurn,
    check_against,
    find_dialogues,
    read_dialogue,
)
from agent.evaluation.scripted.partners import AgentPartner, Partner, ServerPartner
from agent.evaluation.scripted.playing import Played, play
from agent.evaluation.scripted.wishes import meets, violated

__all__ = [
    "AgentPartner",
    "Dialogue",
    "DialogueTurn",
    "Partner",
    "Played",
    "ServerPartner",
    "check_against",
    "find_dialogues",
    "meets",
    "play",
    "read_dialogue",
    "violated",
]
