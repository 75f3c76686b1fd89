//! Errors of the `arrow` and `parquet` crates as errors of ours. What the system said comes through as it was.

use std::io;
use std::path::Path;

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

use crate::error::{Error, Place};

/// The error for rows that cannot be put together.
pub(super) fn unfit(error: &ArrowError) -> Error {
    Error::Unsupported {
        place: Place::default(),
        what: format!(
            "rows cannot be put together in one table ({error}); cut the values, or their lists"
        ),
    }
}

/// The error for a file that is being written.
pub(super) fn unwritten(path: &Path, error: ParquetError) -> Error {
    system(path, error).unwrap_or_else(|error| Error::Unsupported {
        place: Place::file(path),
        what: format!("it cannot be written as Parquet: {error}"),
    })
}

/// The error for a file that is being read.
pub(super) fn unread(path: &Path, error: ParquetError) -> Error {
    system(path, error).unwrap_or_else(|error| Error::Corrupt {
        place: Place::file(path),
        what: error.to_string(),
    })
}

/// The error of the system that is behind another, if one is.
fn system(path: &Path, error: ParquetError) -> Result<Error, ParquetError> {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => Ok(Error::io(path, *source)),
            Err(inner) => Err(ParquetError::External(inner)),
        },
        other => Err(other),
    }
}
