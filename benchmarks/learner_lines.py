"""The documented line of each learner, and what makes it short enough to be measured.

The table of the README has these lines; `learner_case.py` and the tests run them.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

JOBS = 2


@dataclass(frozen=True)
class Line:
    """How one learner is fitted to a matrix `m`, of which `train` and `valid` are parts."""

    learner: str
    """What the table of formulas calls it."""
    word: str
    code: str
    module: str
    names: tuple[str, ...] = ()
    """What the code takes from the module; without any, the module is taken by its usual name."""
    alias: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What keeps a fit short: few trees, few rounds."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """The dict that the code calls `params`."""
    is_split: bool = False
    in_memory: str = ""
    """The code for a matrix in memory, where the documented one opens a file."""
    is_trained: bool = False
    """Whether what the code makes is a tensor, which a model is trained on."""

    @property
    def is_for_files(self) -> bool:
        """Whether the documented code opens a file."""
        return "TrainingMatrix.open" in self.code

    def namespace(self) -> dict[str, Any]:
        """Import what the code names."""
        module = importlib.import_module(self.module)
        names = {name: getattr(module, name) for name in self.names}
        models = {name: partial(made, **self.options) for name, made in names.items()}
        if "Pool" in names:
            models["Pool"] = names["Pool"]
        alias = {self.alias: module} if self.alias else {}
        return {**models, **alias, "params": dict(self.params)}


_FOREST = {"n_estimators": 4, "max_depth": 8, "n_jobs": JOBS, "random_state": 0}
_LGB = {"objective": "binary", "num_threads": JOBS, "num_iterations": 10, "verbose": -1}
_XGB = {"objective": "binary:logistic", "nthread": JOBS}
_CAT = {"iterations": 10, "thread_count": JOBS, "verbose": 0, "allow_writing_files": False}

LINES = (
    Line(
        "RandomForest",
        "trees",
        "RandomForestClassifier().fit(m.X, m.y)",
        "sklearn.ensemble",
        ("RandomForestClassifier",),
        options=_FOREST,
    ),
    Line(
        "ExtraTrees",
        "trees",
        "ExtraTreesClassifier().fit(m.X, m.y)",
        "sklearn.ensemble",
        ("ExtraTreesClassifier",),
        options=_FOREST,
    ),
    Line(
        "HistGradientBoosting",
        "hist",
        "HistGradientBoostingClassifier().fit(train.X, train.y, X_val=valid.X, y_val=valid.y)",
        "sklearn.ensemble",
        ("HistGradientBoostingClassifier",),
        options={"max_iter": 5, "random_state": 0},
        is_split=True,
    ),
    Line(
        "LogisticRegression",
        "linear",
        "LogisticRegression().fit(m.X, m.y)",
        "sklearn.linear_model",
        ("LogisticRegression",),
        options={"max_iter": 5},
    ),
    Line(
        "SGD",
        "linear",
        "SGDClassifier().fit(m.X, m.y)",
        "sklearn.linear_model",
        ("SGDClassifier",),
        options={"max_iter": 2, "tol": None},
    ),
    Line(
        "LightGBM",
        "lightgbm",
        'lgb.train(params, lgb.Dataset(**m.arguments("lightgbm")))',
        "lightgbm",
        alias="lgb",
        params=_LGB,
    ),
    Line(
        "XGBoost",
        "xgboost",
        'xgb.train(params, xgb.QuantileDMatrix(**m.arguments("xgboost")))',
        "xgboost",
        alias="xgb",
        params=_XGB,
    ),
    Line(
        "CatBoost",
        "catboost",
        'CatBoostClassifier().fit(Pool(**m.arguments("catboost")))',
        "catboost",
        ("CatBoostClassifier", "Pool"),
        options=_CAT,
    ),
    Line(
        "torch",
        "torch",
        'torch.from_numpy(TrainingMatrix.open("train.npy", mode="c").X)',
        "torch",
        alias="torch",
        in_memory="torch.from_numpy(m.X)",
        is_trained=True,
    ),
    Line(
        "JAX",
        "jax",
        'jax.dlpack.from_dlpack(TrainingMatrix.open("train.npy", mode="c").X)',
        "jax",
        alias="jax",
    ),
)
