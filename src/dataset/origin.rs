//! Where the rows of a source come from, before anything was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arrow::Frame;
use crate::dataset::constant::hive::{Folder, FolderKeys};
use crate::dataset::constant::lake::LakeFile;
use crate::io::Location;
use crate::io::remote::Session;
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
    /// Where it is: a path, or an object.
    pub location: Location,
    /// So many names of the path are the source's own; those behind them were found below it.
    pub named: usize,
    /// What its table says of it, if it is of one; its path says nothing then.
    pub lake: Option<Arc<LakeFile>>,
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
            Self::File(file) => file.location.path(),
            Self::Frame(frame) => frame.name(),
            Self::Outline(outline) => &outline.name,
        }
    }
}

impl FileOrigin {
    /// What the folders of its path say.
    pub fn folders(&self) -> Vec<Folder> {
        if self.lake.is_some() {
            return Vec::new();
        }
        Folder::of_file(
            self.location.path().as_os_str().as_encoded_bytes(),
            self.named,
        )
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
                location: Location::File(path.clone()),
                named: usize::MAX,
                lake: None,
            })
        });
        Self::new(files.collect(), FolderKeys::default())
    }

    /// The paths of those that are files, and the addresses of objects.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files_only().map(|file| file.location.path())
    }

    /// The sessions of those that are objects, each once.
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        distinct(self.files_only().filter_map(|file| file.location.session()))
    }

    fn files_only(&self) -> impl Iterator<Item = &FileOrigin> {
        self.all.iter().filter_map(|origin| match origin {
            Origin::File(file) => Some(file),
            Origin::Frame(_) | Origin::Outline(_) => None,
        })
    }
}

/// Sessions, each once.
pub fn distinct<'a>(sessions: impl Iterator<Item = &'a Arc<Session>>) -> Vec<Arc<Session>> {
    let mut found: Vec<Arc<Session>> = Vec::new();
    for session in sessions {
        if !found.iter().any(|known| Arc::ptr_eq(known, session)) {
            found.push(Arc::clone(session));
        }
    }
    found
}
