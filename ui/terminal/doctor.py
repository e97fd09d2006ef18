"""`palate doctor`: what is installed, found and missing, with the command that repairs each missing thing.

Loads no model and imports no heavy package: versions are read from what pip wrote.
"""

import importlib.util
import platform
import re
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from agent.settings import Settings
from tools.errors import SetupError
from tools.version import palate_version

NEEDED = (
    "torch",
    "sentence-transformers",
    "chromadb",
    "langchain",
    "sqlalchemy",
    "gradio",
    "fastapi",
    "uvicorn",
)
LOCAL_LLM_ASSET = "qwen-1.5b"
SIGNS = {"ok": ("✓", "green"), "missing": ("✗", "red"), "optional": ("–", "yellow")}


@dataclass(frozen=True)
class Check:
    """One finding. "optional" is missing too, but chat runs without it. `repair` is a command."""

    name: str
    state: Literal["ok", "missing", "optional"]
    detail: str
    repair: str = ""


def examine(settings: Settings) -> list[Check]:
    """Every finding, in the order a new user would repair them."""
    checks = [
        Check(
            "palate", "ok", f"{palate_version()} on Python {platform.python_version()}, {platform.machine()}"
        )
    ]
    checks += [_package(name) for name in NEEDED]
    checks.append(_home(settings))
    checks += _assets(settings)
    checks += [_artifact(settings), _database(settings), _language_model(settings)]
    return checks


def healthy(checks: list[Check]) -> bool:
    """Whether chat can run."""
    return all(check.state != "missing" for check in checks)


def print_checks(console: Console, checks: list[Check]) -> None:
    """One line a finding, its repair below it."""
    for check in checks:
        sign, style = SIGNS[check.state]
        console.print(Text.assemble((f"{sign} ", style), (f"{check.name}: ", "bold"), check.detail))
        if check.repair:
            console.print(Text(f"    run: {check.repair}", style=style))
    console.print(Text("Chat can run." if healthy(checks) else "Chat cannot run yet."))


def checks_json(checks: list[Check]) -> dict[str, Any]:
    """The findings as JSON."""
    return {"ready": healthy(checks), "checks": [asdict(check) for check in checks]}


def _package(name: str) -> Check:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, "missing", "not installed", f"pip install {name}")
    return Check(name, "ok", f"{found}{_torch_build() if name == 'torch' else ''}")


def _torch_build() -> str:
    """ ", CPU build" or ", CUDA 12.8 build", read from torch's own version file."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return ""
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return ""
    cuda = re.search(r"^cuda\b[^=\n]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return f", CUDA {cuda.group(1)} build" if cuda else ", CPU build"


def _home(settings: Settings) -> Check:
    home = settings.home_folder
    if not home.is_dir():
        return Check("home", "ok", f"{home} is made at the first build")
    used = sum(f.stat().st_size for f in home.rglob("*") if f.is_file() and not f.is_symlink())
    free = shutil.disk_usage(home).free
    return Check("home", "ok", f"{home}, {used / 1e6:,.0f} MB used, {free / 1e9:,.1f} GB free on the disk")


def _assets(settings: Settings) -> list[Check]:
    from tools.assets import states

    checks = []
    for asset in states(settings.home_folder):
        needed = asset.name == settings.embedder
        if asset.state == "ready":
            checks.append(Check(f"asset {asset.name}", "ok", f"{asset.size / 1e6:,.0f} MB, {asset.licence}"))
            continue
        detail = f"{asset.state}; {asset.description}, {asset.size / 1e6:,.0f} MB"
        repair = f"palate assets fetch {asset.name}"
        checks.append(Check(f"asset {asset.name}", "missing" if needed else "optional", detail, repair))
    return checks


def _artifact(settings: Settings) -> Check:
    from tools.artifact import open_build

    name = f"catalogue {settings.catalog}"
    try:
        build, manifest = open_build(settings.artifact_folder)
    except SetupError as error:
        command = re.search(r"`([^`]+)`", str(error))
        return Check(name, "missing", str(error), command.group(1) if command else "palate build")
    counts = ", ".join(f"{count:,} {what}" for what, count in manifest.counts.items())
    return Check(name, "ok", f"built {manifest.created}, every file as built; {counts}; {build}")


def _database(settings: Settings) -> Check:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from memory.store import SessionStore, StoreFailed

    try:
        url = make_url(settings.sessions_url)
    except ArgumentError:
        return Check(
            "sessions", "missing", "PALATE_DATABASE_URL is no SQLAlchemy URL", "unset PALATE_DATABASE_URL"
        )
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        return Check("sessions", "ok", f"{shown} is made with the first session")
    try:
        SessionStore(settings.sessions_url).close()
    except StoreFailed as error:
        return Check("sessions", "missing", f"{shown}: {error}", "check PALATE_DATABASE_URL and its server")
    return Check("sessions", "ok", f"{shown} answers")


def _language_model(settings: Settings) -> Check:
    if settings.llm == "none":
        return Check("language model", "ok", "none, as set: rules, retrieval and templates answer")
    if settings.llm != "local" and settings.llm_base_url:
        return Check(
            "language model", "ok", f"{settings.llm_model} at {settings.llm_base_url} (not asked now)"
        )
    needed: Literal["missing", "optional"] = "missing" if settings.llm == "local" else "optional"
    if importlib.util.find_spec("xllamacpp") is None:
        return Check(
            "language model", needed, "its runtime xllamacpp is not installed", "pip install 'palate[local]'"
        )
    if settings.llm_gguf is not None:
        there = settings.llm_gguf.expanduser().is_file()
        detail = f"{settings.llm_gguf}{'' if there else ' does not exist'}"
        return Check(
            "language model", "ok" if there else "missing", detail, "" if there else "unset PALATE_LLM_GGUF"
        )
    from tools.assets import asset_file

    file = asset_file(settings.home_folder, LOCAL_LLM_ASSET)
    if file is None:
        detail = "the local model is not here: rules, retrieval and templates answer"
        return Check("language model", needed, detail, f"palate assets fetch {LOCAL_LLM_ASSET}")
    return Check("language model", "ok", f"local: {file.name}")
