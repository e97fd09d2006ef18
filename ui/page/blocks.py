"""The Gradio page: components, events, and the web app around them."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI

from agent.agent import Agent
from agent.editing import OTHER_STRENGTH, Edit
from agent.events import Done
from agent.opening import USER_ID, new_session_id
from memory.session import EventKind
from ui.faults import UNEXPECTED, fault_of
from ui.incoming import clean_message
from ui.page.conversation import Conversation, failed, said, settled, told
from ui.page.examples import example_prompts
from ui.page.markup import dialogue_html, slate_html, status_html, wishes_html

if TYPE_CHECKING:
    import gradio as gr

HERE = Path(__file__).parent
POLL_S = 2.0  # while the language model is on its way
REST_S = 30.0  # once it has arrived or stays away
TURNS_AT_ONCE = 8
logger = logging.getLogger(__name__)

# Presses inside our markup become Gradio events with the pressed element's data; new lines and slates come into sight.
DIALOGUE_JS = """
const log = () => element.querySelector('.log');
element.addEventListener('click', e => {
  const pressed = e.target.closest('button[data-example]');
  if (pressed) trigger('example', {text: pressed.dataset.example});
});
watch('value', () => { const l = log(); if (l) l.scrollTop = l.scrollHeight; });
"""
SLATE_JS = """
element.addEventListener('click', e => {
  const pressed = e.target.closest('button[data-kind]');
  if (pressed) trigger('react', {item: pressed.dataset.item, kind: pressed.dataset.kind});
});
const shown = () => [...element.querySelectorAll('[data-kind=liked]')].map(b => b.dataset.item).join();
let before = shown();
watch('value', () => {
  const changed = shown() !== before;
  before = shown();
  if (changed && window.innerWidth > 760) window.scrollTo({top: 0, behavior: 'smooth'});
});
"""
WISHES_JS = """
element.addEventListener('click', e => {
  const gone = e.target.closest('button[data-wish]');
  if (gone) trigger('forget', {wish: Number(gone.dataset.wish)});
  const edited = e.target.closest('button[data-edit]');
  if (edited) trigger('edit', {wish: Number(edited.dataset.edit)});
  if (e.target.closest('button[data-undo]')) trigger('undo', {});
});
"""
ICON = (
    "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='9' fill='%23b4532a'/%3E%3Ccircle cx='12' cy='13' r='4' fill='%23fff'/%3E"
    "%3Ccircle cx='21' cy='13' r='2.5' fill='%23fbd9c4'/%3E%3Ccircle cx='17' cy='21' r='3' fill='%23f3b08b'/%3E%3C/svg%3E\">"
    '<meta name="robots" content="noindex">'
)
REACTIONS: frozenset[str] = frozenset({"liked", "rejected", "seen"})


class Page:
    """The event handlers of one agent's page. Holds nothing of any tab: a tab's state comes and goes with each event."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.spec = agent.catalog.spec
        self.examples = example_prompts(agent.catalog)

    def begin(self, user: str | None = None) -> tuple[Any, ...]:
        """A tab was opened, or a new conversation asked for: a session of its own, for the user this browser keeps the
        id of. What lasts of that user is there from the start."""
        user = user if user and USER_ID.fullmatch(user) else new_session_id()
        fresh = Conversation(new_session_id(), user=user)
        try:
            fresh = (
                settled(fresh, self.agent.begin(fresh.session_id, user), self.agent.catalog)
                if self.agent.is_known(user)
                else fresh
            )
        except Exception as error:  # noqa: BLE001 - the page tells every error; one that nobody foresaw is logged
            fresh = failed(fresh, _sentence(error))
        return (fresh, *self.painted(fresh), user)

    def painted(self, tab: Conversation) -> tuple[str, str, str]:
        """Dialogue, wishes and slate as HTML."""
        return (
            dialogue_html(tab, self.examples, self.spec.catalog.noun),
            wishes_html(tab.wishes, self.agent.catalog, tab.can_undo),
            slate_html(tab.slate, tab.marks, self.spec),
        )

    def send(self, message: str, tab: Conversation | None) -> Iterator[tuple[Any, ...]]:
        """One turn: the page after each event. The first update empties the message box, the others leave it."""
        import gradio as gr

        tab = said(tab or Conversation(new_session_id()), message)
        yield ("", tab, *self.painted(tab))
        try:
            for event in self.agent.reply(tab.session_id, clean_message(message), tab.user):
                if isinstance(event, Done) and event.interrupted:
                    return  # the person went on, and the page shows that already
                after = told(tab, event)
                if after is not tab:
                    tab = after
                    yield (gr.skip(), tab, *self.painted(tab))
            tab = settled(tab, self.agent.session(tab.session_id), self.agent.catalog)
        except Exception as error:  # noqa: BLE001 - the page tells every error; one that nobody foresaw is logged
            tab = failed(tab, _sentence(error))
        yield (gr.skip(), tab, *self.painted(tab))

    def react(self, tab: Conversation | None, item_id: str, kind: str) -> tuple[Any, ...]:
        """A card's button was pressed."""
        if kind not in REACTIONS:
            return self._changed(tab, lambda _: None)
        user = tab.user if tab else ""
        return self._changed(
            tab, lambda session: self.agent.react(session, item_id, cast(EventKind, kind), user)
        )

    def forget(self, tab: Conversation | None, wish: int) -> tuple[Any, ...]:
        """A wish was taken back."""
        return self._changed(tab, lambda session: self.agent.forget(session, wish))

    def edit(self, tab: Conversation | None, wish: int) -> tuple[Any, ...]:
        """A wish was made a must, or no longer one."""
        held = next((w for w in tab.wishes if w.id == wish), None) if tab else None
        if held is None:
            return self._changed(tab, lambda _: None)
        return self._changed(
            tab, lambda session: self.agent.edit(session, wish, Edit(strength=OTHER_STRENGTH[held.strength]))
        )

    def _changed(self, tab: Conversation | None, change: Callable[[str], object]) -> tuple[Any, ...]:
        if tab is None:
            return self.begin()[:4]
        try:
            change(tab.session_id)
            tab = settled(tab, self.agent.session(tab.session_id), self.agent.catalog)
        except Exception as error:  # noqa: BLE001 - the page tells every error; one that nobody foresaw is logged
            tab = failed(tab, _sentence(error))
        return (tab, *self.painted(tab))

    def status(self) -> tuple[str, "gr.Timer"]:
        """Which language model speaks now, and when to ask again."""
        import gradio as gr

        now = self.agent.llm_status()
        coming = now.state in ("downloading", "loading", "testing")
        return status_html(now.state, now.sentence, now.fraction), gr.Timer(POLL_S if coming else REST_S)


def _sentence(error: Exception) -> str:
    fault = fault_of(error)
    if fault is not None:
        return fault.text
    logger.error("a turn failed", exc_info=error)
    return UNEXPECTED


def page_blocks(agent: Agent) -> "gr.Blocks":
    """The page as Gradio blocks. Building it needs no network and asks none."""
    import gradio as gr

    page = Page(agent)
    noun = agent.catalog.spec.catalog.noun
    with gr.Blocks(title="palate", analytics_enabled=False, fill_width=True) as blocks:
        tab = gr.State(None)
        with gr.Row(elem_id="top"):
            gr.HTML(
                '<h1>palate</h1><p class="tagline">suggestions that give their reasons</p>', elem_id="brand"
            )
            status = gr.HTML(elem_id="status")
            fresh = gr.Button("New conversation", elem_id="fresh", size="sm", scale=0)
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(elem_id="talk", scale=5, min_width=300):
                dialogue = gr.HTML(elem_id="dialogue", js_on_load=DIALOGUE_JS, apply_default_css=False)
                message = gr.Textbox(
                    elem_id="message",
                    label="Your message",
                    show_label=False,
                    placeholder=f"Say what {noun} you feel like…",
                    lines=1,
                    max_lines=5,
                    autofocus=True,
                    submit_btn="Send",
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", autocomplete="off"),
                )
            with gr.Column(elem_id="shelf", scale=7, min_width=300):
                wishes = gr.HTML(elem_id="wishes", js_on_load=WISHES_JS, apply_default_css=False)
                slate = gr.HTML(elem_id="slate", js_on_load=SLATE_JS, apply_default_css=False)
        timer = gr.Timer(POLL_S)

        shown = [tab, dialogue, wishes, slate]
        # `hidden`: Gradio's own spinner would cover what stands there while a turn runs
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        turn: dict[str, Any] = {**quiet, "concurrency_limit": TURNS_AT_ONCE, "concurrency_id": "turns"}

        def example(event: gr.EventData, now: Conversation | None) -> Iterator[tuple[Any, ...]]:
            yield from page.send(str(event.text), now)

        def react(event: gr.EventData, now: Conversation | None) -> tuple[Any, ...]:
            return page.react(now, str(event.item), str(event.kind))

        def undo(now: Conversation | None) -> Iterator[tuple[Any, ...]]:
            yield from page.send(
                "Undo", now
            )  # a turn like any other, so that what is shown fits the wishes again

        def edit(event: gr.EventData, now: Conversation | None) -> tuple[Any, ...]:
            return page.edit(now, int(event.wish))

        def forget(event: gr.EventData, now: Conversation | None) -> tuple[Any, ...]:
            return page.forget(now, int(event.wish))

        # the browser keeps who it is; the id is random, and whoever has it has the tastes kept under it
        user = gr.BrowserState(None, storage_key="palate-user", secret="palate")
        blocks.load(page.begin, user, [*shown, user], **quiet)
        fresh.click(page.begin, user, [*shown, user], **quiet)
        # what is said while the language model still works on the last slate goes on without it
        message.submit(page.send, [message, tab], [message, *shown], trigger_mode="multiple", **turn)
        dialogue.example(example, tab, [message, *shown], trigger_mode="multiple", **turn)
        slate.react(react, tab, shown, trigger_mode="multiple", **turn)
        wishes.forget(forget, tab, shown, trigger_mode="multiple", **turn)
        wishes.edit(edit, tab, shown, trigger_mode="multiple", **turn)
        wishes.undo(undo, tab, [message, *shown], trigger_mode="once", **turn)
        gr.on([blocks.load, timer.tick], page.status, None, [status, timer], queue=False, **quiet)
    return cast("gr.Blocks", blocks)


def page_app(agent: Agent) -> FastAPI:
    """The page as a web app. It asks nothing of any other machine: no analytics, no fonts, no run history."""
    import gradio as gr

    app: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        page_blocks(agent),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(
            primary_hue="orange",
            neutral_hue="stone",
            font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        css_paths=[HERE / "page.css"],
        head=ICON,
    )
    return app
