//! A file that has no name until it is complete.
//!
//! Space is reserved first, so that a full disk is an error and never a signal; then come the data,
//! the header, the sync, and last of all the name. If the system allows it, the file has no name at
//! all before, so that even a kill leaves nothing in the folder.

use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Checkpoint, Error, Result};
use crate::sys;
use crate::sys::codes;

/// Zeros that are written to reserve space where the system has no other way.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
/// Bytes that are reserved between two polls for cancellation.
const RESERVED: u64 = 256 << 20;
/// The fewest bytes that are reserved at a time, if signals keep interrupting.
const LEAST_RESERVED: u64 = 1 << 20;

/// A file without its name.
#[derive(Debug)]
pub struct Draft {
    file: File,
    target: PathBuf,
    folder: PathBuf,
    /// A temporary name that is removed with the draft: of the file itself, if the system has no files
    /// without names, or of the file that it replaced.
    name: Option<PathBuf>,
}

/// How a file got its name, which decides how that is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowNamed {
    /// No other file had the name.
    Taken,
    /// The file exchanged names with the one that had it.
    Exchanged,
    /// The file that had the name is gone.
    Replaced,
}

impl Draft {
    /// Begins a file that will be `target`, with `bytes` bytes reserved.
    pub fn new(
        target: &Path,
        bytes: u64,
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let fail = |error: io::Error| Error::io(target, error);
        if !overwrite && target.symlink_metadata().is_ok() {
            return Err(fail(system_error(codes::EXISTS)));
        }
        if target.is_dir() && !target.is_symlink() {
            return Err(fail(system_error(codes::IS_FOLDER)));
        }
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let (file, name) = open(&folder, target).map_err(fail)?;
        let draft = Self {
            file,
            target: target.to_path_buf(),
            folder,
            name,
        };
        draft.reserve(0..bytes, checkpoint)?;
        Ok(draft)
    }

    /// The file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The path that the file will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the file.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `bytes` at `position`.
    pub fn write_at(&self, bytes: &[u8], position: u64) -> Result<()> {
        let written = sys::write_all_at(&self.file, bytes, position);
        written.map_err(|e| Error::io(&self.target, e))
    }

    /// Waits until the whole file is on disk.
    pub fn sync(&self) -> Result<()> {
        sys::sync(&self.file).map_err(|e| Error::io(&self.target, e))
    }

    /// Cuts off what is behind the first `bytes` bytes.
    pub fn cut(&self, bytes: u64) -> Result<()> {
        let cut = self.file.set_len(bytes);
        cut.map_err(|e| Error::io(&self.target, e))
    }

    /// Reserves space for some bytes; those before them have theirs.
    pub fn reserve(&self, range: Range<u64>, checkpoint: Checkpoint<'_>) -> Result<()> {
        let fail = |error: io::Error| Error::io(&self.target, error);
        let Range {
            start: mut at,
            end: bytes,
        } = range;
        // Checked first, so that an absurd claim does not fill the disk on its way to the error.
        let needed = bytes.saturating_sub(at);
        if sys::free_disk(&self.file).is_some_and(|free| needed > free) {
            return Err(fail(system_error(codes::NO_SPACE)));
        }
        let mut step = RESERVED;
        while at < bytes {
            let count = step.min(bytes - at);
            match sys::reserve(&self.file, at, count) {
                Ok(true) => at += count,
                Ok(false) => {
                    let left = usize::try_from(bytes - at).unwrap_or(usize::MAX);
                    let zeros = &ZEROS[..left.min(ZEROS.len())];
                    self.write_at(zeros, at)?;
                    at += zeros.len() as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    step = (step / 2).max(LEAST_RESERVED);
                }
                Err(error) => return Err(fail(error)),
            }
            checkpoint.check()?;
        }
        Ok(())
    }

    /// Gives the file its name. If the system allows it, a replaced file is kept under a temporary
    /// name, so that this can be undone.
    pub fn appear(&mut self, overwrite: bool) -> Result<HowNamed> {
        self.take_name(overwrite)
            .map_err(|error| Error::io(&self.target, error))
    }

    fn take_name(&mut self, overwrite: bool) -> io::Result<HowNamed> {
        let name = match self.name.clone() {
            Some(name) => name,
            None => match sys::link_open(&self.file, &self.target) {
                Ok(()) => return Ok(HowNamed::Taken),
                // A name that exists can only be replaced by renaming.
                Err(error) if overwrite && error.kind() == ErrorKind::AlreadyExists => {
                    let name = temporary_name(&self.folder, &self.target);
                    sys::link_open(&self.file, &name)?;
                    self.name.insert(name).clone()
                }
                Err(error) => return Err(error),
            },
        };
        match sys::rename_new(&name, &self.target) {
            Ok(()) => {
                self.name = None;
                return Ok(HowNamed::Taken);
            }
            Err(error) if !overwrite => return Err(error),
            Err(_) => {}
        }
        if sys::exchange(&name, &self.target).is_ok() {
            return Ok(HowNamed::Exchanged);
        }
        sys::rename(&name, &self.target)?;
        self.name = None;
        Ok(HowNamed::Replaced)
    }

    /// Takes the name back, as far as the system allows.
    pub fn disappear(&self, named: HowNamed) {
        // The caller returns an earlier error.
        let _ = match (named, &self.name) {
            (HowNamed::Taken, _) => std::fs::remove_file(&self.target),
            (HowNamed::Exchanged, Some(name)) => sys::exchange(name, &self.target),
            _ => Ok(()),
        };
    }

    /// Removes the temporary name.
    pub fn give_up(&mut self) {
        if let Some(name) = self.name.take() {
            // If this fails, the name of the file that is left says what it is.
            let _ = std::fs::remove_file(name);
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn system_error(code: i32) -> io::Error {
    io::Error::from_raw_os_error(code)
}

fn open(folder: &Path, target: &Path) -> io::Result<(File, Option<PathBuf>)> {
    if let Some(file) = sys::create_unnamed(folder)? {
        return Ok((file, None));
    }
    let name = temporary_name(folder, target);
    Ok((sys::create(&name)?, Some(name)))
}

/// A name beside the target that no other file has.
pub fn temporary_name(folder: &Path, target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let unique = sys::random().unwrap_or_else(|| COUNT.fetch_add(1, Ordering::Relaxed));
    let stem = target.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    folder.join(format!(".{stem}.{process:x}-{unique:016x}.partial"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A draft as it is where the system has no files without names.
    fn named(target: &Path, content: &[u8]) -> Draft {
        let folder = target.parent().unwrap().to_path_buf();
        let name = temporary_name(&folder, target);
        let draft = Draft {
            file: sys::create(&name).unwrap(),
            target: target.to_path_buf(),
            folder,
            name: Some(name),
        };
        draft
            .reserve(0..content.len() as u64, Checkpoint::NONE)
            .unwrap();
        draft.write_at(content, 0).unwrap();
        draft
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_draft_with_a_name_from_the_beginning_leaves_none() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("array.npy");
        let content = || std::fs::read(&target).unwrap();
        drop(named(&target, b"lost"));
        assert!(names(home.path()).is_empty());
        assert_eq!(
            named(&target, b"old").appear(false).unwrap(),
            HowNamed::Taken
        );
        let refused = named(&target, b"new").appear(false);
        assert!(matches!(refused, Err(Error::Io { source, .. })
            if source.kind() == ErrorKind::AlreadyExists));
        assert_eq!((content(), names(home.path()).len()), (b"old".to_vec(), 1));
        let mut undone = named(&target, b"new");
        let how = undone.appear(true).unwrap();
        assert_eq!(content(), b"new");
        undone.disappear(how);
        drop(undone);
        // Where names cannot be exchanged, a file that was replaced is gone.
        let is_back = how == HowNamed::Exchanged;
        assert_eq!(content(), if is_back { b"old" } else { b"new" });
        assert_eq!(names(home.path()), ["array.npy"]);
    }
}
