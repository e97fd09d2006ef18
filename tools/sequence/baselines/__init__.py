"""Recommenders without training, each fitted in seconds."""
