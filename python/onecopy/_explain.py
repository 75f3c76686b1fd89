"""What a learner will copy and need, in words and numbers."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from onecopy._learner import LearnerNeed, MatrixCopy
from onecopy._matrix import TrainingMatrix
from onecopy._plan import Plan
from onecopy._render import show_size

if TYPE_CHECKING:
    from onecopy._learners import Choice, Facts

_LABEL = 9


class Explanation(NamedTuple):
    """What a learner will do with a matrix; print it.

    Attributes
    ----------
    learner : str
        The learner.
    copies : tuple of MatrixCopy
        What it will copy: `what`, `bytes`, `why` and the `fix`.
    needs : tuple of LearnerNeed or None
        What it takes for itself: `what` and `bytes`; None where that was not measured.
    matrix_bytes : int
        The bytes of the matrix in memory; 0 for one in a file.
    peak_bytes : int
        All of it together, without the model.
    advised_bytes : int
        The same if it is handed over as advised.
    title : str
        The learner and the matrix.
    """

    learner: str
    copies: tuple[MatrixCopy, ...]
    needs: tuple[LearnerNeed, ...] | None
    matrix_bytes: int
    peak_bytes: int
    advised_bytes: int
    title: str

    def __str__(self) -> str:
        lines = [self.title, *_labelled("copies", self._copies())]
        itself = (
            [] if self.needs is None else [f"{n.what} {show_size(n.bytes)}" for n in self.needs]
        )
        unknown = "not measured: `with onecopy.peak() as peak:` around the fit tells"
        if self.needs is None:
            itself = [unknown]
        lines += _labelled("itself", [", ".join(itself) or "nothing of the size of the matrix"])
        return "\n".join([*lines, *_labelled("peak", [self._peak()])])

    def _copies(self) -> list[str]:
        if not self.copies:
            return ["nothing"]
        cells = [(copy.what, show_size(copy.bytes), copy.why, copy.fix) for copy in self.copies]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return [
            f"{what:<{widths[0]}}  {size:>{widths[1]}}  {why:<{widths[2]}}  {fix}"
            for what, size, why, fix in cells
        ]

    def _peak(self) -> str:
        place = f"{show_size(self.matrix_bytes)} matrix + " if self.matrix_bytes else ""
        more = show_size(self.peak_bytes - self.matrix_bytes)
        whole = f"{place}{more}{f' = {show_size(self.peak_bytes)}' if place else ''}"
        known = "" if self.needs is not None else "at least "
        advised = f"; as advised {show_size(self.advised_bytes)}" if self.copies else ""
        return f"{known}{whole}{advised}"

    def __repr__(self) -> str:
        return f"Explanation({self.title}: {self._peak()})"


def explain(data: TrainingMatrix | Plan[Any], learner: object) -> Explanation:
    """Explain what a learner will copy and need, and how to avoid what can be avoided.

    Nothing is fitted, and no learner is imported. The numbers come from a table of formulas that
    were measured; the model itself is not counted.

    Parameters
    ----------
    data : TrainingMatrix or Plan
        What it will be fitted to.
    learner : str, estimator or class
        A word of ``for_=``, which stands for the call that the README documents; or an estimator
        or its class, called as ``fit(X, y)``.

    Returns
    -------
    Explanation
        Print it. `copies`, `peak_bytes` and others have the same as numbers.

    Examples
    --------
    >>> import onecopy
    >>> m = onecopy.load_training_matrix("train/", target="label")
    >>> print(onecopy.explain(m, "hist"))
    HistGradientBoosting (as of scikit-learn 1.9) on 3,000 x 12 float32, order 'C', in memory
      copies   X as float64  0.3 MB  takes float64 only  dtype="float64"
      itself   bins 36.0 kB, sample of 3,000 rows 0.3 MB
      peak     0.1 MB matrix + 0.6 MB = 0.8 MB; as advised 0.6 MB
    """
    from onecopy._fit import facts_of  # noqa: PLC0415 (a table that few need)
    from onecopy._learners import choice_of  # noqa: PLC0415 (likewise)

    choice = choice_of("learner", learner)
    if isinstance(data, TrainingMatrix):
        return _explained(choice, facts_of(data), in_file=data.path is not None)
    if isinstance(data, Plan):
        return _explained(choice, data._handed_over, in_file=data.is_in_file)  # noqa: SLF001
    raise TypeError(f"explain: expected a TrainingMatrix or a Plan, found {type(data).__name__}")


def _explained(choice: "Choice", plain: "Facts", *, in_file: bool) -> Explanation:
    learner, facts = choice.learner, choice.of(plain)
    preset = learner.preset
    best = replace(
        facts,
        dtype=preset.dtype,
        order=preset.order,
        is_contiguous=True,
        is_writeable=True,
        stops_early=False,
    )
    copies = tuple(learner.copies(facts))
    needs = None if learner.needs is None else tuple(learner.needs(facts))
    held, held_best = (0, 0) if in_file else (facts.nbytes, best.nbytes)
    place = "in a file" if in_file else "in memory"
    name = choice.name if choice.estimator is not None else learner.name
    title = (
        f"{name} (as of {learner.measured}) on {facts.rows:,} x {facts.features:,} {facts.dtype}, "
        f"order {facts.order!r}, {place}"
    )
    peak = held + sum(copy.bytes for copy in copies) + (learner.own_bytes(facts) or 0)
    advised = held_best + (learner.own_bytes(best) or 0)
    return Explanation(learner.name, copies, needs, held, peak, advised, title)


def _labelled(label: str, lines: list[str]) -> list[str]:
    return [f"  {label if not at else '':<{_LABEL}}{line}" for at, line in enumerate(lines)]
