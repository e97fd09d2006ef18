"""Measures the agent: what it understands of a message, and whether what it shows keeps to what was asked."""
