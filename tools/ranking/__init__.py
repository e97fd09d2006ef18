"""From what the tools say of each item to one order: fusion, the tuned re-ranker, and the choices both are fitted on."""
