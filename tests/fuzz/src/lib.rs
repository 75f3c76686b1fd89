//! What the fuzz targets share: a file to read from, and how an answer is judged.

pub mod cells;
pub mod claims;
pub mod codes;
pub mod footer;
pub mod headers;
pub mod matrix;
pub mod mutate;
pub mod other;
pub mod pages;
pub mod slot;

use onecopy::error::{Error, Fault};

/// Team an error that a file may cause, and stops at one that only a mistake of ours can cause.
pub fn judge(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty());
    // Nobody writes to the file, so it can only end early where a claim was believed unseen.
    let ours = matches!(
        error,
        Error::Internal(_) | Error::Interrupted | Error::InputChanged { .. } | Error::Io { .. }
    );
    assert!(!ours, "{text}");
}

/// The same for an error without a place.
pub fn judge_fault(fault: &Fault) {
    if let Fault::Read(error) = fault {
        judge(error);
    }
}
