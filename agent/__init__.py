"""The conversation: parsing, planning, ranking, explaining, and the language model's part in it."""
