"""Which lines of the core the corpora reach: ``python tests/fuzz/coverage.py``.

Replays the corpora and seeds of all targets through a build that counts, and prints the lines of
the floors that read which no input reaches. Needs the component ``llvm-tools`` of the compiler.
"""

import os
import subprocess
import sys
from pathlib import Path

from campaign import HERE, ROOT, TARGETS, WORK, corpus

BUILD = WORK / "build-coverage"
SHOWN = ["src/parquet/", "src/texts/", "src/io/", "src/error/", "src/account.rs"]
SHOWN += ["src/kernel/bytes/", "src/kernel/scalar/", "src/kernel/moves/"]


def tool(name: str) -> str:
    compiler = ["rustc", "+nightly", "--print", "target-libdir"]
    folder = Path(subprocess.check_output(compiler, text=True).strip()).parent / "bin"
    if not (folder / name).is_file():
        sys.exit(f"no {name} in {folder}: rustup component add --toolchain nightly llvm-tools")
    return str(folder / name)


def main() -> None:
    profdata, cov = tool("llvm-profdata"), tool("llvm-cov")
    command = ["cargo", "+nightly", "build", "--release", "--example", "replay"]
    command += ["--manifest-path", str(HERE / "Cargo.toml"), "--target-dir", str(BUILD)]
    flags = {**os.environ, "RUSTFLAGS": "-Cinstrument-coverage"}
    subprocess.run(command, check=True, env=flags)
    binary = BUILD / "release" / "examples" / "replay"
    profiles = []
    for target in TARGETS:
        folders = [corpus(target), WORK / "seeds" / target]
        profiles.append(BUILD / f"{target}.profraw")
        environment = {**os.environ, "LLVM_PROFILE_FILE": str(profiles[-1])}
        replayed = [binary, target, *(folder for folder in folders if folder.is_dir())]
        subprocess.run(replayed, check=True, env=environment)
    merged = BUILD / "all.profdata"
    subprocess.run([profdata, "merge", "-sparse", *profiles, "-o", merged], check=True)
    sources = sorted((ROOT / "src").rglob("*.rs"))
    chosen = [
        s for s in sources if any(s.relative_to(ROOT).as_posix().startswith(p) for p in SHOWN)
    ]
    told = [cov, "report", binary, f"-instr-profile={merged}", *chosen]
    subprocess.run(told, check=True)


if __name__ == "__main__":
    main()
