"""Which language model speaks: a configured endpoint, the local one, or none."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from agent.llm.local import INSTALL_COMMAND, load_local_model
from agent.llm.provider import LanguageModel
from agent.llm.slot import LanguageModelSlot, ModelPlan, Progress
from tools.assets import asset_file, fetch, find_asset
from tools.errors import SetupError

Mode = Literal["auto", "remote", "local", "none"]
LOCAL_ASSET = "qwen-1.5b"


def choose_language_model(
    mode: Mode,
    home: Path,
    base_url: str = "",
    model: str = "",
    api_key: str = "",
    local_gguf: Path | None = None,
    local_asset: str = LOCAL_ASSET,
    threads: int | None = None,
) -> LanguageModelSlot:
    """The slot of the model these settings ask for; nothing is loaded before its `start`.

    auto: the endpoint when `base_url` is set, else the local model. Whether a missing local model is downloaded is
    said at `start(download=…)`. Raises SetupError when the settings contradict themselves.
    """
    if mode == "none":
        return LanguageModelSlot(
            None, "No language model is used, as set: rules, retrieval and templates answer."
        )
    if mode == "remote" and not base_url:
        raise SetupError("The language model is set to remote but has no address: set PALATE_LLM_BASE_URL.")
    if mode != "local" and base_url:
        return LanguageModelSlot(_remote_plan(base_url, model, api_key), f"{model} was not started yet.")
    plan = (
        _file_plan(local_gguf, threads) if local_gguf is not None else _asset_plan(home, local_asset, threads)
    )
    return LanguageModelSlot(plan, plan.how_to_get)


def _remote_plan(base_url: str, model: str, api_key: str) -> ModelPlan:
    if not base_url.startswith(("http://", "https://")):
        raise SetupError(
            f"PALATE_LLM_BASE_URL {base_url!r} is no address: it begins with http:// or https://."
        )
    if not model:
        raise SetupError("The language model's endpoint needs a model name: set PALATE_LLM_MODEL.")

    def load(_file: Path) -> LanguageModel:
        return LanguageModel(model, base_url, api_key, where="remote")

    return ModelPlan(model, find=Path, bring=None, load=load, how_to_get="")


def _file_plan(gguf: Path, threads: int | None) -> ModelPlan:
    return ModelPlan(
        gguf.stem,
        find=lambda: gguf,
        bring=None,
        load=lambda file: load_local_model(file, threads),
        how_to_get=f"{gguf.name} was not started yet.",
    )


def _asset_plan(home: Path, name: str, threads: int | None) -> ModelPlan:
    asset = find_asset(name)

    def bring(progress: Progress) -> Path:
        if find_spec("xllamacpp") is None:  # before the download of a gigabyte that nothing could run
            raise SetupError(f"The local language model needs xllamacpp: {INSTALL_COMMAND}")
        return fetch(home, name, progress) / asset.main

    return ModelPlan(
        Path(asset.main).stem,
        find=lambda: asset_file(home, name),
        bring=bring,
        load=lambda file: load_local_model(file, threads),
        how_to_get=(
            "No language model is here, so rules, retrieval and templates answer; "
            f"`palate assets fetch {name}` brings one ({asset.size / 1e6:,.0f} MB)."
        ),
        size_bytes=asset.size,
    )
