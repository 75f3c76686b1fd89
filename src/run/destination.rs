//! Where a load puts its arrays, and what it returns.

use std::path::{Path, PathBuf};

use half::f16;
use ndarray::ArrayViewMut2;

use crate::error::{Error, Result};
use crate::plan::{Plan, Role};
use crate::run::{Report, TextArray};
use crate::sys::Mapping;
use crate::types::Dtype;

/// An array of the caller's.
#[derive(Debug)]
pub enum Matrix<'a> {
    /// Of half precision.
    F16(ArrayViewMut2<'a, f16>),
    /// Of single precision.
    F32(ArrayViewMut2<'a, f32>),
    /// Of double precision.
    F64(ArrayViewMut2<'a, f64>),
}

impl Matrix<'_> {
    /// Refuses an array of another shape or dtype than the plan's.
    pub fn check(&self, plan: &Plan) -> Result<()> {
        let (dtype, found) = match self {
            Self::F16(out) => (Dtype::F16, out.dim()),
            Self::F32(out) => (Dtype::F32, out.dim()),
            Self::F64(out) => (Dtype::F64, out.dim()),
        };
        let expected = (plan.rows, plan.features.len());
        if (dtype, found) == (plan.options.dtype, expected) {
            return Ok(());
        }
        Err(Error::Argument(format!(
            "out: expected shape {expected:?} and dtype {}, found {found:?} and {}",
            plan.options.dtype.name(),
            dtype.name()
        )))
    }
}

/// Returns the bytes of the file beside the matrix that describes it.
pub type Sidecar<'a> = &'a mut (dyn FnMut(&Report) -> Result<Vec<u8>> + Send);

/// Where a matrix goes.
pub enum Destination<'a> {
    /// Memory that the load allocates.
    Memory,
    /// The caller's array.
    Array(Matrix<'a>),
    /// A `.npy` file, with files for the other arrays and a sidecar beside it.
    File {
        /// The file.
        path: &'a Path,
        /// Whether it may replace one.
        overwrite: bool,
        /// Returns the sidecar, when everything else is known.
        sidecar: Sidecar<'a>,
    },
}

/// Where the arrays of a writer go, which grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriterPlace {
    /// Memory that the writer allocates.
    Memory,
    /// A `.npy` file, and files beside it.
    File {
        /// The file.
        path: PathBuf,
        /// Whether it may replace one.
        overwrite: bool,
    },
}

/// What a load returns.
#[derive(Debug)]
pub struct Loaded {
    /// The matrix, if the load allocated it.
    pub matrix: Option<Mapping>,
    /// The arrays beside the matrix, if the load allocated them.
    pub extras: Vec<(Role, Mapping)>,
    /// The texts that are passed through, if they went to memory.
    pub texts: Vec<TextArray>,
    /// The report.
    pub report: Report,
}
