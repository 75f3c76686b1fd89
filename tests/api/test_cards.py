"""Cards: what notebooks show; small, whole without scripts, escaped, worst columns first."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy._histograms import histograms_of

MOST = 100_000
VOID = {"meta", "rect", "path", "br"}


class Checked(HTMLParser):
    """Reads a card, and refuses what is not closed and what comes from elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.pictures: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "link", "img", "iframe", "object"}
        given = dict(attrs)
        assert not {"src", "href", "onclick", "onload"} & set(given)
        if tag == "svg":
            assert given["role"] == "img"
            self.pictures.append(given["aria-label"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def checked(shown: object) -> Checked:
    html = shown._repr_html_()
    assert len(html.encode()) < MOST
    return Checked(html)


@pytest.fixture
def matrix(tmp_path: Path) -> onecopy.TrainingMatrix:
    table = pa.table(
        {
            "little": [1.0, 2.0, 4.0, None] * 5,
            "<b>&": [None, None, None, 8.0] * 5,
            "whole": list(range(20)),
            "label": [0, 1] * 10,
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    return onecopy.load_training_matrix(tmp_path / "t.parquet", target="label")


def test_a_matrix(matrix: onecopy.TrainingMatrix) -> None:
    card = checked(matrix)
    text = "".join(card.text)
    assert text.index("<b>&") < text.index("little") < text.index("whole")
    assert "15 filled, 0 missing of 20" in card.pictures
    assert "histogram of little, 1 to 4, filled with 2" in card.pictures
    assert "float32" in text
    assert "1 to 4" in text


def test_missing_values_that_stay(tmp_path: Path, matrix: onecopy.TrainingMatrix) -> None:
    kept = onecopy.load_training_matrix(tmp_path / "t.parquet", target="label", fill=None)
    assert "0 filled, 15 missing of 20" in checked(kept).pictures
    assert "missing" not in "".join(checked(matrix.report).text).split("column")[0]


def test_a_report_of_a_join(tmp_path: Path) -> None:
    pq.write_table(pa.table({"k": [1, 2, 3, 4]}), tmp_path / "source.parquet")
    folder = tmp_path / "tables"
    folder.mkdir()
    pq.write_table(pa.table({"k": [1, 2, 3, 4], "a": [1, 2, 3, 4]}), folder / "all.parquet")
    pq.write_table(pa.table({"k": [1, 9], "b": [1, 2]}), folder / "one.parquet")
    m = onecopy.load_training_matrix(tmp_path / "source.parquet", join=folder, on="k")
    card = checked(m.report)
    assert "4 of 4 rows matched" in card.pictures
    assert card.pictures.index("1 of 4 rows matched") < card.pictures.index("4 of 4 rows matched")
    assert any(words.startswith("stages of") for words in card.pictures)


def test_a_plan(tmp_path: Path, matrix: onecopy.TrainingMatrix) -> None:
    assert matrix.shape == (20, 3)
    memory, *disks = checked(onecopy.plan(tmp_path / "t.parquet", target="label")).pictures
    assert memory.startswith("memory: matrix 0.2 kB, arrays beside 0.2 kB, scratch, at most")
    assert disks == []
    plan = onecopy.plan(tmp_path / "t.parquet", out=tmp_path / "x.npy")
    memory, disk = checked(plan).pictures
    assert "matrix" not in memory
    assert disk.startswith("disk: matrix 0.3 kB; free")
    assert "20 x 4 float32" in "".join(checked(plan).text)


def test_an_inspection(tmp_path: Path, matrix: onecopy.TrainingMatrix) -> None:
    card = checked(onecopy.inspect(tmp_path / "t.parquet"))
    assert "0 filled, 15 missing of 20" in card.pictures
    assert "1 to 4" in "".join(card.text)
    assert len(matrix) == 20


def test_seventeen_thousand_columns(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    columns = {
        f"a_rather_long_name_of_a_factor_{at:05}": pa.array(
            random.normal(size=8), mask=random.random(8) < at / 17_000
        )
        for at in range(17_000)
    }
    pq.write_table(pa.table(columns), tmp_path / "wide.parquet")
    found = onecopy.inspect(tmp_path / "wide.parquet")
    with pytest.warns(onecopy.EmptyColumnWarning):
        wide = onecopy.load_training_matrix(tmp_path / "wide.parquet")
    for shown in (found, wide, wide.report, onecopy.plan(tmp_path / "wide.parquet")):
        checked(shown)
    assert "and 16,960 more" in "".join(checked(wide).text)
    assert sum("of 8" in words for words in checked(found).pictures) == 40


def test_a_page(tmp_path: Path, matrix: onecopy.TrainingMatrix) -> None:
    matrix.report.to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert re.search("prefers-color-scheme: *dark", text)
    Checked(text)


def test_a_plot(matrix: onecopy.TrainingMatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    figure = matrix.report.plot()
    labels = [axis.get_xlabel() for axis in figure.axes]
    assert labels == ["seconds", "% of values missing"]
    shown = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert shown == ["<b>&", "little"]
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "onecopy\[plot\]"'):
        matrix.report.plot()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rows", [0, 1, 1000, 60_000])
def test_histograms_are_those_of_numpy(order: str, dtype: str, rows: int) -> None:
    random = np.random.default_rng(rows)
    values = random.normal(size=(rows, 40)).astype(dtype, order=order)
    values[random.random((rows, 40)) < 0.1] = np.nan
    values[random.random((rows, 40)) < 0.01] = np.inf
    for at, found in zip([3, 1, 17], histograms_of(values, [3, 1, 17], 20), strict=True):
        column = values[:, at].astype(np.float64)
        finite = column[np.isfinite(column)]
        assert found.missing == np.isnan(column).sum()
        assert found.infinite == np.isinf(column).sum()
        assert found.counts.sum() == len(finite)
        if len(finite):
            assert (found.low, found.high) == (finite.min(), finite.max())
        if len(finite) > 1:
            expected = np.histogram(finite, bins=20, range=(finite.min(), finite.max()))[0]
            # A value on an edge may fall to either side of it.
            assert np.abs(np.cumsum(found.counts) - np.cumsum(expected)).max() <= 1 + rows // 1000


def test_histograms_on_request(matrix: onecopy.TrainingMatrix) -> None:
    found = matrix.histograms(["whole"], bins=4)
    assert found["whole"].counts.tolist() == [5, 5, 5, 5]
    assert set(matrix.histograms()) == set(matrix.feature_names)
    with pytest.raises(ValueError, match='names: expected names of features, found "no"'):
        matrix.histograms(["no"])
    with pytest.raises(ValueError, match="bins: expected at least 1"):
        matrix.histograms(bins=0)


def test_extreme_values() -> None:
    widest = np.array([[-1.7e308], [1.7e308], [0.0]])
    assert histograms_of(widest, [0], 4)[0].counts.tolist() == [1, 0, 1, 1]
    constant = np.full((5, 1), 7.0)
    assert histograms_of(constant, [0], 4)[0].counts.tolist() == [0, 0, 5, 0]
