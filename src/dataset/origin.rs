//! Where the rows of a source come from, before anything was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arrow::Frame;

/// A file, or what is in memory already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A table in memory.
    Frame(Arc<Frame>),
}

impl Origin {
    /// Files.
    pub fn files(paths: &[PathBuf]) -> Vec<Self> {
        paths.iter().cloned().map(Self::File).collect()
    }

    /// The path of a file; none of what is in memory.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Frame(_) => None,
        }
    }

    /// What errors call it.
    pub fn name(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Frame(frame) => frame.name(),
        }
    }
}
