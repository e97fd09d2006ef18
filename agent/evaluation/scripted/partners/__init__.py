"""Whom a scripted dialogue is held with: an agent in this process, or a running server."""

from agent.evaluation.scripted.partners.opening import Partners
from agent.evaluation.scripted.partners.partner import AgentPartner, Partner, State, preferences_from_json
from agent.evaluation.scripted.partners.server import Server, ServerPartner

__all__ = ["AgentPartner", "Partner", "Partners", "Server", "ServerPartner", "State", "preferences_from_json"]
