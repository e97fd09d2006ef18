"""Installs the pinned torch as a CPU build, and never several gigabytes of CUDA packages by accident.

    python install_torch.py cpu     the CPU build: from PyTorch's own index, else wherever pip finds one
    python install_torch.py any     what pip finds first; on Linux with PyPI that is the CUDA build

Only the standard library is used: it runs before anything is installed.
"""

import importlib.metadata
import json
import subprocess
import sys

TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_PREFIXES = ("nvidia-", "nvidia_", "triton", "cuda-")


def pip(*arguments: str, quiet: bool = False) -> "subprocess.CompletedProcess[str]":
    """Runs this interpreter's pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, text=True, capture_output=quiet, check=False)


def would_install(requirement: str) -> list[str]:
    """Names of the packages pip would install for a requirement; empty when it finds none."""
    done = pip(
        "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", requirement, quiet=True
    )
    if done.returncode != 0:
        return []
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return [entry["metadata"]["name"].lower() for entry in report["install"]]


def main(build: str) -> int:
    """Exit status of the installation."""
    try:
        if importlib.metadata.version("torch").split("+")[0] == TORCH.split("==")[1]:
            return 0
    except importlib.metadata.PackageNotFoundError:
        pass
    if build == "any":
        return pip("install", "--quiet", TORCH).returncode
    from_index = ("--retries", "0", "--timeout", "10", "install", "--quiet", "--index-url", CPU_INDEX, TORCH)
    if pip(*from_index, quiet=True).returncode == 0:
        return 0
    if any(name.startswith(CUDA_PREFIXES) for name in would_install(TORCH)):
        print(
            f"No CPU build of {TORCH} was found: {CPU_INDEX} is out of reach, and pip's index offers the CUDA build "
            "(several GB). To take that one, say `make … TORCH=any`.",
            file=sys.stderr,
        )
        return 2
    return pip("install", "--quiet", TORCH).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "cpu"))
