//! The files that a table of Delta, Iceberg or pyarrow names, and what the table says of each.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;

use crate::dataset::FileOrigin;
use crate::dataset::constant::lake::{ConstantType, LakeColumn, LakeConstant, LakeFile};
use crate::io::Location;
use crate::python::words::{Words, unknown};

const TYPES: Words<ConstantType, 6> = [
    ("integer", ConstantType::Integer),
    ("float", ConstantType::Float),
    ("bool", ConstantType::Bool),
    ("text", ConstantType::Text),
    ("date", ConstantType::Date),
    ("timestamp", ConstantType::Timestamp),
];

/// What a table says of a file: its columns, with the numbers of their fields, and what is constant.
#[pyclass(frozen, from_py_object, name = "LakeFile", module = "onecopy._native")]
#[derive(Clone)]
pub(in crate::python) struct PyLakeFile(Arc<LakeFile>);

/// A file of a table.
#[pyclass(frozen, name = "FileOrigin", module = "onecopy._native")]
pub(in crate::python) struct PyFileOrigin(pub(super) FileOrigin);

#[pymethods]
impl PyLakeFile {
    #[new]
    fn new(
        columns: Vec<(String, Option<i64>)>,
        constants: Vec<(String, String, Option<String>)>,
    ) -> PyResult<Self> {
        let columns = columns.into_iter();
        let columns = columns.map(|(name, id)| LakeColumn { name, id });
        let constants = constants.into_iter().map(|(name, word, text)| {
            let known = TYPES.iter().find(|(known, _)| *known == word);
            let (_, of) = known.ok_or_else(|| unknown("source", &word))?;
            Ok(LakeConstant {
                name,
                of: *of,
                text,
            })
        });
        Ok(Self(Arc::new(LakeFile {
            columns: columns.collect(),
            constants: constants.collect::<PyResult<_>>()?,
        })))
    }

    /// It, where the file is one of this machine.
    fn local(&self, path: PathBuf) -> PyFileOrigin {
        self.of(Location::File(path))
    }
}

impl PyLakeFile {
    /// It, wherever the file is.
    pub(in crate::python) fn of(&self, location: Location) -> PyFileOrigin {
        PyFileOrigin(FileOrigin {
            location,
            named: usize::MAX,
            lake: Some(Arc::clone(&self.0)),
        })
    }
}
