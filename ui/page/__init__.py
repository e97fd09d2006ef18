"""The chat page: a Gradio app whose dialogue, cards and wishes are this project's own markup."""

from ui.page.blocks import page_app

__all__ = ["page_app"]
