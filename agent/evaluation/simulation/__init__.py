"""Simulated people: each has something in mind that palate is never told, says what it is like, and takes it or leaves."""
