"""The errors and warnings of onecopy; each error is also the built-in that fits.

What a message says is there as attributes, too: those of `OnecopyError`, and those of each class.
An attribute is None where its value is not known. Errors can be pickled.
"""


class OnecopyError(Exception):
    """Base of all errors of onecopy.

    Attributes
    ----------
    path : str or None
        The file concerned.
    row_group : int or None
        The row group concerned, counted from 0 within the file.
    column : str or None
        The column concerned, if it is a single one.
    """

    path: str | None
    row_group: int | None
    column: str | None

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        row_group: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.row_group = row_group
        self.column = column

    def __reduce__(self) -> tuple[object, ...]:
        # `vars` also carries the attributes of each class, and notes that were added on the way.
        return type(self), self.args, vars(self).copy()


class ColumnNotFoundError(OnecopyError, ValueError):
    """A column that was requested is in no file, or not in all of them.

    Attributes
    ----------
    columns : tuple of str or None
        The columns that there are.
    suggestion : str or None
        The one that was probably meant.
    """

    columns: tuple[str, ...] | None = None
    suggestion: str | None = None


class UnsupportedTypeError(OnecopyError, TypeError):
    """A column has a type that cannot become a number, or cannot be a key.

    Attributes
    ----------
    types : dict of str to str, or None
        The columns concerned, and the type of each.
    """

    types: dict[str, str] | None = None


class SchemaMismatchError(OnecopyError, ValueError):
    """The files do not have the same columns, or keys of different kinds.

    Attributes
    ----------
    other : str or None
        The file from which `path` differs.
    expected : tuple of str or None
        What `other` has instead: columns that `path` lacks, or the kind of its key.
    found : tuple of str or None
        What `path` has instead: columns that `other` lacks, or the kind of its key.
    """

    other: str | None = None
    expected: tuple[str, ...] | None = None
    found: tuple[str, ...] | None = None


class CorruptFileError(OnecopyError, ValueError):
    """A file contradicts itself or the Parquet format."""


class CastOverflowError(OnecopyError, OverflowError):
    """Finite values are too large for the dtype.

    Attributes
    ----------
    dtype : str or None
        The dtype.
    counts : dict of str to int, or None
        How many such values each column has.
    largest : dict of str to float, or None
        The value of largest magnitude in each of these columns.
    """

    dtype: str | None = None
    counts: dict[str, int] | None = None
    largest: dict[str, float] | None = None


class MissingTargetError(OnecopyError, ValueError):
    """A target, weight or group has missing values.

    Attributes
    ----------
    array : str or None
        The array that they would be in: "y", "weight" or "group".
    nulls : dict of str to int, or None
        How many nulls each column has.
    nans : dict of str to int, or None
        How many NaN each of these columns has.
    """

    array: str | None = None
    nulls: dict[str, int] | None = None
    nans: dict[str, int] | None = None


class InputChangedError(OnecopyError, OSError):
    """A file changed between the plan and the end of the load.

    Attributes
    ----------
    change : str or None
        What changed.
    """

    change: str | None = None


class MemoryLimitError(OnecopyError, MemoryError):
    """The load cannot be done within the memory limit.

    Attributes
    ----------
    needed : int or None
        Bytes that are needed.
    limit : int or None
        Bytes that are allowed for them.
    """

    needed: int | None = None
    limit: int | None = None


class DuplicateKeyError(OnecopyError, ValueError):
    """A join key that must be unique occurs more than once in a table.

    Attributes
    ----------
    key : str or None
        The first such key, as text.
    times : int or None
        How many rows have this key.
    keys : int or None
        How many such keys there are.
    rows : int or None
        How many rows have one of them.
    """

    key: str | None = None
    times: int | None = None
    keys: int | None = None
    rows: int | None = None


class InternalError(OnecopyError, RuntimeError):
    """A defect of onecopy itself."""


class OnecopyWarning(UserWarning):
    """Base of all warnings of onecopy."""


class PrecisionWarning(OnecopyWarning):
    """The dtype cannot tell apart two times that a column can hold."""


class CopyWarning(OnecopyWarning):
    """A learner will copy the matrix that it is handed."""


class EmptyColumnWarning(OnecopyWarning):
    """A column holds no value that is not missing."""
