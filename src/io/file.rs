//! A file of this machine.
//!
//! Positional reads into owned buffers, never a mapping: a file that shrinks while it is read gives
//! an error, not a signal.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Fault, Place, Result};
use crate::io::input::Input;
use crate::sys;
use crate::sys::Identity;

/// An opened file.
#[derive(Debug)]
pub struct LocalFile {
    file: File,
    path: PathBuf,
    identity: Identity,
}

impl LocalFile {
    /// Opens a file.
    pub fn new(path: &Path) -> Result<Self> {
        let fail = |error| Error::io(path, error);
        let file = sys::open_input(path).map_err(fail)?;
        let kind = file.metadata().map_err(fail)?.file_type();
        if kind.is_dir() {
            return Err(fail(ErrorKind::IsADirectory.into()));
        }
        if !kind.is_file() {
            let what = "it is a pipe or a device, where a file is expected";
            return Err(Fault::corrupt(what).at(Place::file(path)));
        }
        Ok(Self {
            identity: sys::identify(&file).map_err(fail)?,
            path: path.to_path_buf(),
            file,
        })
    }
}

impl Input for LocalFile {
    fn name(&self) -> &Path {
        &self.path
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()> {
        sys::read_exact_at(&self.file, buffer, position).map_err(|error| {
            if error.kind() == ErrorKind::UnexpectedEof {
                Error::changed(&self.path, "it has become shorter")
            } else {
                Error::io(&self.path, error)
            }
        })
    }

    fn verify(&self) -> Result<()> {
        let now = sys::identify(&self.file).map_err(|error| Error::io(&self.path, error))?;
        match self.identity.difference(&now) {
            Some(what) => Err(Error::changed(&self.path, what)),
            None => Ok(()),
        }
    }
}
