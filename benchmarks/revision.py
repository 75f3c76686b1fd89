"""The release wheel of another revision, built and installed in an environment of its own.

A revision is built once. Its wheel and its environment stay in `target/before/<commit>` until
`make clean`; the checkout that it is built from is removed again. The environment has the same
Python and the same NumPy as the one that runs this, so that only onecopy differs.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
HOME = ROOT / "target" / "before"
DIGEST = "from machine import build_digest; print(build_digest())"


@dataclass(frozen=True, slots=True)
class Revision:
    """A build of onecopy that is installed apart from the one of this checkout."""

    commit: str
    python: str
    """The interpreter of its environment."""
    build: str
    """The digest of its native library, as the record has one of every build."""


def installed(name: str, say: Callable[[str], None]) -> Revision:
    """Return a revision that git knows by this name; build and install it unless that was done."""
    commit = _commit(name)
    home = HOME / commit
    home.mkdir(parents=True, exist_ok=True)
    wheel = next(home.glob("onecopy-*.whl"), None)
    if wheel is None:
        say(f"building {commit} ({name}); this takes some minutes ...")
        wheel = _build(commit, home)
    python = _install(wheel, home)
    # The folder that it is started in comes first on its path, so it finds `machine`.
    digest = subprocess.run(
        [python, "-c", DIGEST], cwd=HERE, capture_output=True, text=True, check=True
    )
    return Revision(commit, python, digest.stdout.strip())


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _commit(name: str) -> str:
    try:
        return _git("rev-parse", "--verify", "--short=12", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        raise SystemExit(f"git knows no revision `{name}` here") from None


def _build(commit: str, home: Path) -> Path:
    """Build the wheel as `make build` does, in a worktree that lasts as long as the build."""
    source = home / "source"
    shutil.rmtree(source, ignore_errors=True)  # what an interrupted build left
    _git("worktree", "add", "--force", "--detach", str(source), commit)
    command = [sys.executable, "-m", "maturin", "build", "--release", "--out", "dist"]
    # Dependencies are compiled once for all revisions, and apart from those of this checkout:
    # there the last build of the library would be overwritten.
    environment = os.environ | {"CARGO_TARGET_DIR": str(HOME / "cargo")}
    try:
        subprocess.run(
            [*command, "--interpreter", sys.executable], cwd=source, env=environment, check=True
        )
        (wheel,) = (source / "dist").glob("onecopy-*.whl")
        return wheel.rename(home / wheel.name)
    except subprocess.CalledProcessError:
        raise SystemExit(f"{commit} could not be built") from None
    finally:
        _git("worktree", "remove", "--force", str(source))


def _install(wheel: Path, home: Path) -> str:
    """Install the wheel; return the interpreter."""
    numpy = version("numpy")
    environment = home / f"python-{platform.python_version()}-numpy-{numpy}"
    python = str(environment / "bin" / "python")
    done = environment / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, f"numpy=={numpy}", str(wheel)], check=True)
        done.touch()
    return python
