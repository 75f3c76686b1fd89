//! How many texts a column may have: as many as its dtype has codes for, and as memory holds.

use crate::error::{Error, Fault, Result};
use crate::plan::Plan;
use crate::types::Dtype;

/// Refuses more codes than the dtype of the matrix has exactly.
pub fn check_count(plan: &Plan, name: &str, count: usize) -> Result<()> {
    let dtype = plan.options.dtype;
    let (most, wider) = match dtype {
        Dtype::F16 => (1 << 11, "; pass dtype=\"float32\""),
        Dtype::F32 => (1 << 24, "; pass dtype=\"float64\""),
        _ => (u64::MAX, ""),
    };
    if count as u64 <= most {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "categories: `{name}` has {count} different texts, and {} tells {most} codes apart{wider}, or leave \
         it out with exclude=[{name:?}]",
        dtype.name()
    )))
}

/// The error for texts that take more memory than there is.
pub fn scarce(fault: Fault, name: &str) -> Error {
    fault.short(|needed| words(name, needed))
}

/// The same where even the whole memory of one thread was too little.
pub fn too_large(error: Error, name: &str) -> Error {
    match error {
        Error::Scarce { needed, .. } => Fault::Scarce { needed }.short(|_| words(name, needed)),
        error => error,
    }
}

fn words(name: &str, needed: usize) -> String {
    format!(
        "categories: the different texts of `{name}` take {needed} bytes at once, and less is free; \
         raise memory_limit by {needed} bytes, or leave the column out"
    )
}
