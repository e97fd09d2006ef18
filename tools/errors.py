"""The error tree, told apart by who can act on it."""


class PalateError(Exception):
    """Base of every error palate raises on purpose; its text is one sentence for a person."""


class UserInputError(PalateError):
    """The person can repair it; shown to them as it stands."""


class RetryableByModel(PalateError):
    """The language model can repair it; the text goes back to it with the valid choices listed."""


class ToolFailed(PalateError):
    """Final for this turn: the agent goes on without that tool and says so in a notice."""


class SetupError(PalateError):
    """A file, key or extra is missing or damaged; the text names the command that repairs it."""
