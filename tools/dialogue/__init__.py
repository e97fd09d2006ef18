"""A recommender that reads a dialogue as one sequence, items and utterances together, learnt from interactions and recorded dialogues."""
