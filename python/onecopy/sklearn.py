"""A recipe as a transformer of scikit-learn; needs ``scikit-learn``."""

import os
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.base import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
        BaseEstimator,
        OneToOneFeatureMixin,
        TransformerMixin,
    )
    from sklearn.utils.validation import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
        check_is_fitted,
        validate_data,
    )
except ImportError as _error:
    _message = "onecopy.sklearn needs scikit-learn 1.6 or newer: pip install -U scikit-learn"
    raise ImportError(_message) from _error

from onecopy import _native
from onecopy._columns import is_frame
from onecopy._errors import UnsupportedTypeError
from onecopy._matrix import TrainingMatrix
from onecopy._recipe import Recipe
from onecopy._run import warn_of_empty

__all__ = ["Cleaner"]


class Cleaner(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Casts and fills rows as a load does: by a recipe, or by medians of its own.

    With a recipe nothing is fitted, so a model that was fitted on a matrix serves raw rows:
    ``make_pipeline(m.recipe.to_sklearn(), model)``. Without one, `fit` finds the medians of the
    rows that it is given.

    Parameters
    ----------
    recipe : dict, Recipe, TrainingMatrix or path, optional
        What `Recipe.to_dict` returns, which any pickle or skops file can hold, or the recipe.
    dtype : {"float32", "float16", "float64"}
        Without a recipe, the dtype of the result.

    Attributes
    ----------
    recipe_ : Recipe
        The recipe that is applied.
    n_features_in_ : int
        The number of features.
    feature_names_in_ : ndarray of str
        Their names, where the rows that were fitted had names.

    Examples
    --------
    >>> import numpy as np
    >>> from onecopy.sklearn import Cleaner
    >>> Cleaner().fit_transform(np.array([[1.0, 2.0], [np.nan, 4.0], [5.0, np.inf]]))
    array([[1., 2.],
           [3., 4.],
           [5., 3.]], dtype=float32)
    """

    def __init__(self, recipe: Any = None, *, dtype: str = "float32") -> None:
        self.recipe = recipe
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803 (as in scikit-learn)
        """Check the names of the features; without a recipe, find the medians."""
        del y
        rows = self._checked(X, reset=True)
        known = self._known()
        if known is not None:
            if self.n_features_in_ != len(known.feature_names) and not is_frame(rows):
                raise ValueError(
                    f"X has {self.n_features_in_} features, but the recipe has "
                    f"{len(known.feature_names)}"
                )
            self.recipe_ = known
            return self
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            names = [f"x{at}" for at in range(self.n_features_in_)]
        names = tuple(map(str, names))
        empty: dict[str, float | None] = dict.fromkeys(names)
        raw = Recipe(names, str(np.dtype(self.dtype)), "F", "missing", "raise", empty)
        fit = _native.Fit(raw.dtype, ["median"] * len(names), len(rows))
        fit.show(_served(raw, rows), again=False)
        fit.finish(again=False)
        while unknown := fit.unknown():
            fit.show(np.asfortranarray(raw.transform(rows)[:, unknown]), again=True)
            fit.finish(again=True)
        found = fit.fills()
        fills = {name: value for name, (value, _) in zip(names, found, strict=True)}
        warn_of_empty([n for n, (_, is_empty) in zip(names, found, strict=True) if is_empty], fills)
        self.recipe_ = Recipe(names, raw.dtype, "C", raw.inf, raw.overflow, fills)
        return self

    def transform(self, X: Any) -> NDArray[Any]:  # noqa: N803 (as in scikit-learn)
        """Make the matrix of rows, as `Recipe.transform` does."""
        known = self._known()
        if known is not None and not hasattr(self, "recipe_"):
            are_lists = isinstance(X, list) and not (X and isinstance(X[0], Mapping))
            return known.transform(_array(X, known) if are_lists else X)
        check_is_fitted(self, "recipe_")
        return _served(self.recipe_, self._checked(X, reset=False))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the features, as they are in the recipe."""
        known = self._known()
        if known is not None and input_features is None:
            return np.asarray(known.feature_names, dtype=object)
        check_is_fitted(self, "recipe_")
        names: NDArray[Any] = super().get_feature_names_out(input_features)
        return names

    def _checked(self, X: Any, *, reset: bool) -> Any:  # noqa: N803 (as in scikit-learn)
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        known = self._known()
        if isinstance(X, list) and known is not None:
            X = _array(X, known)  # noqa: N806 (as in scikit-learn)
        return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)

    def _known(self) -> Recipe | None:
        recipe = self.recipe
        if isinstance(recipe, Mapping):
            return Recipe.from_dict(recipe)
        if isinstance(recipe, TrainingMatrix):
            return recipe.recipe
        if isinstance(recipe, str | os.PathLike):
            return Recipe.load(recipe)
        if recipe is None or isinstance(recipe, Recipe):
            return recipe
        raise TypeError(
            f"recipe: expected a dict, a Recipe, a matrix or a path, found {type(recipe).__name__}"
        )

    def __sklearn_is_fitted__(self) -> bool:
        return self.recipe is not None or hasattr(self, "recipe_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.requires_fit = self.recipe is None
        tags.transformer_tags.preserves_dtype = []
        return tags


def _array(rows: Any, recipe: Recipe) -> NDArray[Any]:
    """Make an array of lists; texts beside numbers would make texts of the numbers."""
    is_recoded = recipe.datetimes or recipe.categories
    return np.asarray(rows, dtype=object if is_recoded else None)


def _served(recipe: Recipe, rows: Any) -> NDArray[Any]:
    try:
        return recipe.transform(rows)
    except UnsupportedTypeError as error:
        # In the words that scikit-learn looks for.
        message = f"{error}; each argument must be no string or other object, but a number"
        raise UnsupportedTypeError(message) from error
