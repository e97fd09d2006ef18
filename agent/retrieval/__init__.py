"""From wishes to a ranked list: the query, what may be shown, fusion and steering."""
