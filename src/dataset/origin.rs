//! Where the rows of a source come from, before anything was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arrow::Frame;
use crate::dataset::constant::hive::{Folder, FolderKeys};
use crate::parquet::Schema;

/// A file, or what is in memory already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(FileOrigin),
    /// A table in memory.
    Frame(Arc<Frame>),
    /// Columns alone.
    Outline(Outline),
}

/// What is known of a source whose rows are read elsewhere, or later: its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// What errors call the source.
    pub name: PathBuf,
    /// Its columns.
    pub schema: Arc<Schema>,
    /// How many leaves they have, those that are no leaves of a file included.
    pub leaves: usize,
}

impl Eq for Outline {}

/// A file, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOrigin {
    /// Its path.
    pub path: PathBuf,
    /// So many names of the path are the source's own; those behind them were found below it.
    pub named: usize,
}

/// All that a source consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Files and tables in memory, in the order of their rows.
    pub all: Vec<Origin>,
    /// The keys of all folders that were found, those that were not looked into among them.
    pub keys: FolderKeys,
}

impl Origin {
    /// What errors call it.
    pub fn name(&self) -> &Path {
        match self {
            Self::File(file) => &file.path,
            Self::Frame(frame) => frame.name(),
            Self::Outline(outline) => &outline.name,
        }
    }
}

impl FileOrigin {
    /// What the folders of its path say.
    pub fn folders(&self) -> Vec<Folder> {
        Folder::of_file(self.path.as_os_str().as_encoded_bytes(), self.named)
    }
}

impl Origins {
    /// Files and tables, and the keys of folders that were passed over.
    pub fn new(all: Vec<Origin>, mut keys: FolderKeys) -> Self {
        for origin in &all {
            if let Origin::File(file) = origin {
                for folder in file.folders() {
                    keys.add(&folder);
                }
            }
        }
        Self { all, keys }
    }

    /// Files, each named by its path.
    pub fn files(paths: &[PathBuf]) -> Self {
        let files = paths.iter().map(|path| {
            Origin::File(FileOrigin {
                path: path.clone(),
                named: usize::MAX,
            })
        });
        Self::new(files.collect(), FolderKeys::default())
    }

    /// The paths of those that are files.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.all.iter().filter_map(|origin| match origin {
            Origin::File(file) => Some(file.path.as_path()),
            Origin::Frame(_) | Origin::Outline(_) => None,
        })
    }
}
