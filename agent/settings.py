"""All settings, in one frozen object: defaults < `palate.toml` < environment (`PALATE_…`) < command line."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tools.errors import SetupError


class Settings(BaseSettings):
    """Each field's description is its help."""

    model_config = SettingsConfigDict(
        env_prefix="PALATE_", toml_file="palate.toml", frozen=True, extra="forbid"
    )

    home: Path = Field(
        Path("~/.palate"), description="folder of built artifacts, assets and the session database"
    )
    catalog: str = Field("demo", description="name of the built catalogue to talk about")
    database_url: str = Field("", description="SQLAlchemy URL of the sessions; empty: SQLite under home")
    embedder: str = Field(
        "minilm", description="text embedder: minilm, or a sentence-transformers folder or name"
    )
    llm: Literal["auto", "remote", "local", "none"] = Field("auto", description="which language model speaks")
    llm_base_url: str = Field("", description="OpenAI-compatible endpoint")
    llm_model: str = Field("", description="model name at that endpoint")
    llm_api_key: SecretStr = Field(
        SecretStr(""), description="its key; OPENAI_API_KEY is read when this is empty"
    )
    llm_gguf: Path | None = Field(None, description="GGUF file for the local model instead of the pinned one")
    llm_budget_s: float = Field(
        12.0, gt=0, le=120, description="seconds a turn may spend on the language model"
    )
    llm_tokens: int = Field(
        20_000,
        ge=0,
        description="tokens a turn may spend on it, prompts and answers together; 0 sets no limit",
    )
    llm_try: bool = Field(
        True,
        description="whether chat and serve try a model out when it was never tried on the catalogue (two minutes)",
    )
    llm_plan: Literal["default", "tools"] = Field(
        "default",
        description="who plans a turn: palate's own plan, or a model that passed its trial of calling tools",
    )
    llm_parse: Literal["never", "unsure", "always"] = Field(
        "unsure",
        description="when a language model that passed its trial reads a message too: where the rules are unsure, always, never",
    )
    slate_size: int = Field(5, ge=1, le=20, description="items shown in a turn")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(7860, ge=0, le=65535, description="port to listen on; 0 takes a free one")

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.llm == "remote" and not self.llm_base_url:
            raise ValueError("llm = remote needs PALATE_LLM_BASE_URL")
        if self.llm_base_url and self.llm in ("auto", "remote") and not self.llm_model:
            raise ValueError("PALATE_LLM_BASE_URL needs PALATE_LLM_MODEL beside it")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence, strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def home_folder(self) -> Path:
        """`home` with `~` filled in."""
        return self.home.expanduser()

    @property
    def sessions_url(self) -> str:
        """Where sessions are kept."""
        return self.database_url or f"sqlite:///{self.home_folder / 'sessions.db'}"

    @property
    def artifact_folder(self) -> Path:
        """Where the built catalogue is."""
        return self.home_folder / "artifacts" / self.catalog


def read_settings(**overrides: object) -> Settings:
    """The settings in force; raises SetupError with one sentence when they contradict."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        sentence = first["msg"].removeprefix("Value error, ")
        raise SetupError(f"settings: {field + ': ' if field else ''}{sentence}") from None
