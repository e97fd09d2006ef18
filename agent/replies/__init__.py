"""What is said: reasons, answers about items, the reply, and the language model's part in it."""
