"""Run the decoders under tools that see more than tests: `python tests/fuzz/sanitize.py [TOOL...]`.

=========  =========================================================================================
address    all Rust tests with the address sanitizer, which sees every access beyond a buffer
memcheck   whole small files poured under valgrind, which also sees reads of what nobody wrote
miri       decoders and plain kernels in Miri, which interprets them and sees undefined behaviour
=========  =========================================================================================

Valgrind and Miri do not know the widest instructions, so they run the plain kernels. Miri cannot
call C, map memory or run for long: codecs, outputs and long random tests are left to the others.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = Path(os.environ.get("ONECOPY_FUZZ_WORK", ROOT / "target" / "fuzz"))
TARGET = "x86_64-unknown-linux-gnu"
FILES = 50
# What calls C, maps memory or opens files, and what takes Miri longer than all the rest.
NOT_IN_MIRI = [
    "codecs_refuse",
    "lengths_beyond",
    "any_byte_changed",
    "cut_anywhere",
    "account",
    "a_footer",
]


def run(*command: object, **environment: str) -> None:
    subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment}, check=True
    )


def need(command: list[str], hint: str) -> None:
    found = shutil.which(command[0])
    if not found or subprocess.run(command, capture_output=True, check=False).returncode:
        sys.exit(f"`{' '.join(command)}` does not work here: {hint}")


def address() -> None:
    need(["cargo", "+nightly", "--version"], "rustup toolchain install nightly")
    test = ["cargo", "+nightly", "test", "--target", TARGET, "--target-dir", "target/address"]
    # The test of memory counts allocations, and those of the sanitizer are not ours.
    run(*test, "--lib", "--test", "onecopy", RUSTFLAGS="-Zsanitizer=address")


def memcheck() -> None:
    need(["valgrind", "--version"], "install valgrind")
    seeds = WORK / "seeds" / "file"
    files = sorted(seeds.iterdir()) if seeds.is_dir() else []
    if len(files) < FILES:
        sys.exit(f"fewer than {FILES} files in {seeds}: run tests/fuzz/seeds.py first")
    built = ["--manifest-path", "tests/fuzz/Cargo.toml", "--target-dir", "target/fuzz/build-seeds"]
    run("cargo", "build", "--release", *built, "--example", "replay")
    binary = ROOT / "target/fuzz/build-seeds/release/examples/replay"
    chosen = files[:: len(files) // FILES][:FILES]
    valgrind = ["valgrind", "--error-exitcode=9", "--leak-check=no", "--quiet"]
    run(*valgrind, binary, "pour", *chosen, ONECOPY_KERNELS="plain")


def miri() -> None:
    need(
        ["cargo", "+nightly", "miri", "--version"],
        "rustup +nightly component add miri rust-src",
    )
    skipped = [part for name in NOT_IN_MIRI for part in ("--skip", name)]
    test = ["cargo", "+nightly", "miri", "test", "--target-dir", "target/miri", "--lib"]
    options = {
        "ONECOPY_KERNELS": "plain",
        "PROPTEST_CASES": "4",
        # Tests of files make some, and the random tests look for their old failures.
        "MIRIFLAGS": "-Zmiri-disable-isolation",
    }
    run(
        *test,
        "--",
        "parquet::",
        "kernel::tests::moves",
        "kernel::tests::snappy",
        *skipped,
        **options,
    )


TOOLS = {"address": address, "memcheck": memcheck, "miri": miri}


def main() -> None:
    unknown = set(sys.argv[1:]) - set(TOOLS)
    if unknown:
        sys.exit(f"{sorted(unknown)}: expected some of {list(TOOLS)}")
    for name in sys.argv[1:] or TOOLS:
        print(f"--- {name}", flush=True)
        TOOLS[name]()


if __name__ == "__main__":
    main()
