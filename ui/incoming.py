"""What people and programs send, made safe before the agent sees it."""


def clean_message(text: str) -> str:
    """A message that any database takes: half characters (lone surrogates) become "?", NUL goes."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
