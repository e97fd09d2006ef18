"""Puts an agent together from settings."""

import os
import re
import secrets

from agent.agent import Agent
from agent.llm import choose_language_model
from agent.settings import Settings
from agent.trial import Trial
from memory.store import SessionStore, StoreFailed
from tools.artifact import open_build, read_catalog
from tools.catalog.likeness import FacetLikeness
from tools.errors import SetupError, UserInputError
from tools.ranking.fusion import Fusion
from tools.ranking.tuned import TunedReranker
from tools.sequence.serve import SequenceModel
from tools.text.embedder import Embedder, find_embedder
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex
from tools.text.store import TextStore
from tools.toolbox import Toolbox

USER_ID = re.compile(r"[A-Za-z0-9._@-]{1,128}")
SESSION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def open_agent(settings: Settings) -> Agent:
    """An agent over the built catalogue; its language model is not started yet.

    Raises SetupError with the command that repairs what is missing.
    """
    build, manifest = open_build(settings.artifact_folder)
    catalog = read_catalog(build)
    embedder = Embedder(find_embedder(settings.home_folder, str(manifest.embedder["name"])))
    toolbox = Toolbox(
        catalog,
        SequenceModel.load(build / "sequence"),
        TextStore(build / "chroma"),
        KeywordIndex.load(catalog, build),
        KeywordGraph.load(build),
        FacetLikeness(catalog),
        embedder,
        manifest.counts["users"],
        TunedReranker.load(build / "tuned.json"),
    )
    settings.home_folder.mkdir(parents=True, exist_ok=True)
    try:
        store = SessionStore(settings.sessions_url)
    except StoreFailed as error:
        raise SetupError(f"{error}; check PALATE_DATABASE_URL") from error
    language_model = choose_language_model(
        settings.llm,
        settings.home_folder,
        settings.llm_base_url,
        settings.llm_model,
        settings.llm_api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY", ""),
        settings.llm_gguf,
    )
    trial = Trial(toolbox, build, settings.home_folder)
    return Agent(settings, toolbox, Fusion.load(build / "fusion.json"), store, language_model, trial)


def new_session_id() -> str:
    """A fresh, unguessable session id."""
    return secrets.token_urlsafe(9)


def check_user_id(user: str) -> str:
    """The id when it may name a user. Raises UserInputError."""
    if USER_ID.fullmatch(user) is None:
        raise UserInputError("a user id is 1 to 128 letters, digits, dots, dashes, underscores or @")
    return user


def check_session_id(session_id: str) -> str:
    """The id when it may name a session. Raises UserInputError."""
    if SESSION_ID.fullmatch(session_id) is None:
        raise UserInputError("a session id is 1 to 64 letters, digits, dots, dashes or underscores")
    return session_id
