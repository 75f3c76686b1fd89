"""Run one fuzz target from the corpus that is kept, and add what was done to the record.

``python tests/fuzz/campaign.py footer --seconds 600`` builds the target, starts from the kept
corpus, and keeps what was found in ``target/fuzz``. ``--totals`` only sums the record up,
``--minimise`` packs the smallest corpus of the same coverage, to be committed.
"""

import argparse
import csv
import datetime as dt
import os
import re
import resource
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = Path(os.environ.get("ONECOPY_FUZZ_WORK", ROOT / "target" / "fuzz"))
RECORD = HERE / "record.tsv"
FIELDS = [
    *("when", "target", "commit", "sanitizer", "cpu_seconds", "executions", "coverage"),
    *("features", "corpus", "findings"),
]
TARGETS = ["footer", "pages", "file"]
# A longer timeout than for a single input: the machine may have other work.
LIMITS = ["-timeout=60", "-rss_limit_mb=1024", "-malloc_limit_mb=256", "-max_len=65536"]


def build(sanitizer: str) -> Path:
    """Build all targets, and tell what is missing where that is not possible."""
    folder = WORK / f"build-{sanitizer}"
    command = ["cargo", "+nightly", "fuzz", "build", "--fuzz-dir", str(HERE), "-O", "-a"]
    command += ["--target-dir", str(folder), "-s", sanitizer]
    tools = str(ROOT / "target" / "tools" / "bin")
    path = {**os.environ, "PATH": os.pathsep.join([tools, os.environ["PATH"]])}
    if subprocess.run(command, cwd=ROOT, env=path, check=False).returncode:
        sys.exit(
            "The fuzz targets need a nightly compiler and cargo-fuzz: "
            "`rustup toolchain install nightly` and `make target/tools/bin/cargo-fuzz`."
        )
    return next(folder.glob("*-linux-*/release"))


def corpus(target: str) -> Path:
    """The corpus that grows, begun from the one that is kept."""
    folder = WORK / "corpus" / target
    if not folder.is_dir():
        folder.mkdir(parents=True)
        kept = HERE / "corpus" / f"{target}.tar.xz"
        if kept.is_file():
            with tarfile.open(kept) as archive:
                archive.extractall(folder, filter="data")
    return folder


def options(target: str) -> list[str]:
    artifacts = WORK / "findings" / target
    artifacts.mkdir(parents=True, exist_ok=True)
    dictionary = [] if target == "pages" else [f"-dict={HERE / 'parquet.dict'}"]
    return [*LIMITS, *dictionary, f"-artifact_prefix={artifacts}/", "-print_final_stats=1"]


def fuzz(binary: Path, target: str, seconds: int, pids: Path | None) -> tuple[str, int]:
    """Run the target and return what it said and how it ended."""
    folders = [corpus(target), WORK / "seeds" / target]
    command = [binary, *options(target), f"-max_total_time={seconds}"]
    command += [folder for folder in folders if folder.is_dir()]
    log = WORK / f"{target}.log"
    with log.open("w") as output:
        child = subprocess.Popen(command, stderr=output, stdout=output)
        note = pids / str(child.pid) if pids else None
        if note:
            note.touch()
        try:
            code = child.wait()
        finally:
            child.kill()
            if note:
                note.unlink(missing_ok=True)
    return log.read_text(errors="replace"), code


def last(pattern: str, log: str) -> int:
    found = re.findall(pattern, log)
    return int(found[-1]) if found else 0


def spent() -> float:
    """Processor seconds of all children so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def findings(binary: Path, log: str) -> int:
    """Count the inputs that fail once more alone; a process that was stopped seems slow, too."""
    count = 0
    for path in re.findall(r"written to (\S*(?:crash|oom|timeout|leak)-\w+)", log):
        again = [binary, *LIMITS, "-timeout=5", path]
        if subprocess.run(again, check=False, capture_output=True).returncode:
            count += 1
        else:
            print(f"{Path(path).name} is none: alone it passes")
            Path(path).unlink()
    return count


def add(target: str, sanitizer: str, log: str, **measured: float) -> dict[str, object]:
    """Add a run to the record."""
    commit = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    row = {
        "when": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M"),
        "target": target,
        "commit": subprocess.check_output(commit, text=True).strip(),
        "sanitizer": sanitizer,
        "cpu_seconds": round(measured["seconds"]),
        # A run that ends at a finding prints no sums; its last progress line does.
        "executions": last(r"number_of_executed_units: (\d+)", log) or last(r"#(\d+)\t", log),
        "coverage": last(r"cov: (\d+)", log),
        "features": last(r"ft: (\d+)", log),
        "corpus": last(r"corp: (\d+)", log),
        "findings": measured["findings"],
    }
    fresh = not RECORD.is_file()
    with RECORD.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, delimiter="\t", lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow(row)
    return row


def totals() -> None:
    with RECORD.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for target in [*TARGETS, None]:
        chosen = [row for row in rows if target in {None, row["target"]}]
        hours = sum(int(row["cpu_seconds"]) for row in chosen) / 3600
        executions = sum(int(row["executions"]) for row in chosen)
        findings = sum(int(row["findings"]) for row in chosen)
        print(
            f"{target or 'all'}: {hours:.2f} CPU-hours, {executions:,} executions, "
            f"{findings} findings in {len(chosen)} runs"
        )


def minimise(binary: Path, target: str) -> None:
    """Pack the smallest corpus that covers the same."""
    small = WORK / "minimised" / target
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir(parents=True)
    folders = [corpus(target), WORK / "seeds" / target]
    command = [binary, *LIMITS, "-merge=1", small, *(f for f in folders if f.is_dir())]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    packed = HERE / "corpus" / f"{target}.tar.xz"
    packed.parent.mkdir(exist_ok=True)
    with tarfile.open(packed, "w:xz") as archive:
        for path in sorted(small.iterdir(), key=lambda path: path.stat().st_size):
            archive.add(path, path.name)
    print(f"{packed}: {len(list(small.iterdir()))} inputs, {packed.stat().st_size} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--sanitizer", default="none", choices=["none", "address"])
    parser.add_argument("--binaries", type=Path, help="built targets, instead of building them")
    parser.add_argument("--pids", type=Path, help="a folder where the process is noted by its id")
    parser.add_argument("--totals", action="store_true", help="sum the record up")
    parser.add_argument("--minimise", action="store_true", help="pack the corpus")
    parser.add_argument("--no-record", action="store_true", help="leave the record as it is")
    chosen = parser.parse_args()
    if chosen.totals:
        totals()
        return 0
    binary = (chosen.binaries or build(chosen.sanitizer)) / chosen.target
    if chosen.minimise:
        minimise(binary, chosen.target)
        return 0
    built = spent()
    log, code = fuzz(binary, chosen.target, chosen.seconds, chosen.pids)
    seconds, found = spent() - built, findings(binary, log)
    if not chosen.no_record:
        print(add(chosen.target, chosen.sanitizer, log, seconds=seconds, findings=found))
    if found:
        print("\n".join(log.splitlines()[-60:]))
    return code if found else 0


if __name__ == "__main__":
    sys.exit(main())
