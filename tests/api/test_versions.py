"""What a report of a problem says."""

import subprocess
import sys

import numpy as np
import onecopy
import pytest
from onecopy._versions import PACKAGES, versions


def test_versions_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    onecopy.show_versions()
    shown = capsys.readouterr().out
    lines = dict(line.split(None, 1) for line in shown.splitlines())
    assert lines["numpy"] == np.__version__
    assert lines["onecopy"] == onecopy.__version__
    assert {"kernels", "python", "system", "libc", "page", "cores", *PACKAGES} <= set(lines)


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onecopy._versions.PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] is None


def test_nothing_is_imported_for_it() -> None:
    code = "import sys, onecopy; onecopy.show_versions(); print('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == "False"
