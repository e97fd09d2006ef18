"""How people say things in English: feelings, intents, references, ranges. Another language is another such room."""
