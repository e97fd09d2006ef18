"""The terminal face: one module a command, called by `ui.cli`."""
