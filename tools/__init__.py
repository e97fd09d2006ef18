"""What the agent can call: catalogue, sequence recommender, item text, and the files they are kept in."""
