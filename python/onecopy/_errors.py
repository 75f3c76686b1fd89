"""The errors and warnings of onecopy; each error is also the built-in that fits."""


class OnecopyError(Exception):
    """Base of all errors of onecopy.

    Attributes
    ----------
    path : str or None
        The file concerned.
    row_group : int or None
        The row group concerned, counted from 0 within the file.
    column : str or None
        The column concerned.
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
        # `vars` also carries the notes that were added on the way.
        return type(self), self.args, vars(self).copy()


class ColumnNotFoundError(OnecopyError, ValueError):
    """A column that was asked for is in no file."""


class UnsupportedTypeError(OnecopyError, TypeError):
    """A column has a type that cannot become a number."""


class SchemaMismatchError(OnecopyError, ValueError):
    """The files do not have the same columns."""


class CorruptFileError(OnecopyError, ValueError):
    """A file contradicts itself or the Parquet format."""


class CastOverflowError(OnecopyError, OverflowError):
    """A finite value is too large for the dtype."""


class MissingTargetError(OnecopyError, ValueError):
    """A target, weight or group has missing values."""


class InputChangedError(OnecopyError, OSError):
    """A file changed between the plan and the end of the load."""


class MemoryLimitError(OnecopyError, MemoryError):
    """The load cannot be done within the memory limit."""


class DuplicateKeyError(OnecopyError, ValueError):
    """A join key that must be unique stands twice in a table."""


class InternalError(OnecopyError, RuntimeError):
    """A defect of onecopy itself."""


class OnecopyWarning(UserWarning):
    """Base of all warnings of onecopy."""


class EmptyColumnWarning(OnecopyWarning):
    """A column holds no value that is not missing."""
