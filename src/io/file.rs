//! One opened file, read by position.
//!
//! Positional reads into owned buffers, never a mapping: a file that shrinks under us gives an
//! error, not a signal. The identity taken at the start is held against the file again later.

use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::OFlags;

use crate::error::{Error, Fault, Place, Result};

/// What makes a file the same file with the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// The size of the file.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn difference(&self, now: &Self) -> Option<String> {
        if (self.device, self.inode) != (now.device, now.inode) {
            Some("another file has taken its place".to_owned())
        } else if self.bytes != now.bytes {
            Some(format!(
                "it had {} bytes and now has {}",
                self.bytes, now.bytes
            ))
        } else if self.modified != now.modified {
            Some("it was written to".to_owned())
        } else {
            None
        }
    }
}

/// An opened file.
#[derive(Debug)]
pub struct Source {
    file: File,
    path: PathBuf,
    identity: Identity,
    bytes_read: AtomicU64,
}

impl Source {
    /// Opens a file. With `expected`, it must still be the file that it was then.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that opens inputs"
    )]
    pub fn open(path: &Path, expected: Option<&Identity>) -> Result<Arc<Self>> {
        // A pipe would keep whoever opens it waiting for a writer; a file does not mind the flag.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = opened.map_err(|e| Error::io(path, e))?;
        let metadata = file.metadata().map_err(|e| Error::io(path, e))?;
        if metadata.is_dir() {
            let kind = std::io::ErrorKind::IsADirectory;
            return Err(Error::io(path, kind.into()));
        }
        if !metadata.is_file() {
            let what = "it is a pipe or a device, where a file is expected";
            return Err(Fault::corrupt(what).at(Place::file(path)));
        }
        let source = Self {
            file,
            path: path.to_path_buf(),
            identity: Identity::of(&metadata),
            bytes_read: AtomicU64::new(0),
        };
        match expected.and_then(|e| e.difference(&source.identity)) {
            Some(what) => Err(source.changed(what)),
            None => Ok(Arc::new(source)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it was when it was opened.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Bytes read since this was asked last, by whomever.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.swap(0, Ordering::Relaxed)
    }

    /// Fills `buffer` from `position`.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()> {
        self.bytes_read
            .fetch_add(buffer.len() as u64, Ordering::Relaxed);
        self.file.read_exact_at(buffer, position).map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                self.changed("it has become shorter".to_owned())
            } else {
                Error::io(&self.path, error)
            }
        })
    }

    /// Refuses a file that is not what it was when it was opened.
    pub fn verify(&self) -> Result<()> {
        let metadata = self.file.metadata().map_err(|e| Error::io(&self.path, e))?;
        match self.identity.difference(&Identity::of(&metadata)) {
            Some(what) => Err(self.changed(what)),
            None => Ok(()),
        }
    }

    fn changed(&self, what: String) -> Error {
        Error::InputChanged {
            path: self.path.clone(),
            what,
        }
    }
}
