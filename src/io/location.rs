//! Where an input is, before it is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::io::file::LocalFile;
use crate::io::input::{Announced, Input};
use crate::io::remote::{Object, Session};
use crate::io::source::Source;
use crate::sys::Identity;

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file of this machine.
    File(PathBuf),
    /// In an object that is read over a network.
    Remote(Arc<Object>),
}

impl Source {
    /// Opens a file. With `expected`, it must still be the file that it was then.
    pub fn open(path: &Path, expected: Option<&Identity>) -> Result<Arc<Self>> {
        opened(Box::new(LocalFile::new(path)?), expected)
    }
}

impl Location {
    /// What errors call it: its path, or its address.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Remote(object) => object.path(),
        }
    }

    /// The session of an object; none of a file.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::File(_) => None,
            Self::Remote(object) => Some(object.session()),
        }
    }

    /// Announces that its footer will be needed, where that is a wait.
    pub fn announce_footer(&self) -> Option<Box<dyn Announced>> {
        match self {
            Self::File(_) => None,
            Self::Remote(object) => object.announce_footer(),
        }
    }

    /// Opens it. With `expected`, it must still be what it was then.
    pub fn open(&self, expected: Option<&Identity>) -> Result<Arc<Source>> {
        match self {
            Self::File(path) => Source::open(path, expected),
            Self::Remote(object) => opened(Box::new(object.input()), expected),
        }
    }
}

fn opened(input: Box<dyn Input>, expected: Option<&Identity>) -> Result<Arc<Source>> {
    match expected.and_then(|expected| expected.difference(input.identity())) {
        Some(what) => Err(Error::changed(input.name(), what)),
        None => Ok(Source::new(input)),
    }
}
