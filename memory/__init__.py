"""What lasts: sessions, their turns, events and preferences, and the store that keeps them."""
