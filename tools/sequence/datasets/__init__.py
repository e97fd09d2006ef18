"""Interactions by name or by path, each with the counts it must have."""
