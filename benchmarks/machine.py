"""The machine of the measurements, and the versions."""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("onnxruntime", "torch", "torchvision", "pillow", "numpy", "fastapi", "uvicorn", "sqlalchemy", "pika")
_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


def describe_environment() -> dict[str, str]:
    """Date, machine, versions and commit, in words."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory()}; {platform.system()} "
        f"{platform.release()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {found}" for name in _PACKAGES if (found := _version(name))),
        "database": _first_line("mariadbd", "--version") or _first_line("mysqld", "--version") or "none",
        "broker": _rabbitmq(),
        "commit": _commit(),
    }


def _processor() -> str:
    lines = _read("/proc/cpuinfo").splitlines()
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    known = [flag for flag in _INSTRUCTIONS if flag in facts.get("flags", "").split()]
    return f"{facts.get('model name', platform.machine())} ({', '.join(known)})"


def _memory() -> str:
    lines = _read("/proc/meminfo").splitlines()
    return f"{int(lines[0].split()[1]) / 1_000_000:.0f} GB" if lines else "memory unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _rabbitmq() -> str:
    # Asking the node would need it to run; the folder of the installed one bears its number.
    folders = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    return f"RabbitMQ {folders[-1].name.partition('-')[2]}" if folders else "RabbitMQ"


def _first_line(program: str, *arguments: str) -> str:
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return _run(path, *arguments).partition("\n")[0] if path else ""


def _commit() -> str:
    changed = " with changes" if _run("git", "status", "--porcelain") else ""
    return _run("git", "rev-parse", "--short", "HEAD") + changed


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text() if file.exists() else ""
