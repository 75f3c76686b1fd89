//! A folder of files that has a temporary name until all of them are whole, and gets its own by one rename.
//! A program that opens the name sees nothing, the old folder, or all files of the new one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Checkpoint, Error, Result};
use crate::output::Draft;
use crate::output::draft::temporary_name;
use crate::output::lock::FolderLock;
use crate::sys;
use crate::sys::Lock;
use crate::sys::codes;

/// A folder without its name.
#[derive(Debug)]
pub struct FolderDraft {
    target: PathBuf,
    /// The folder that it is in.
    parent: PathBuf,
    /// Its temporary name, which goes with it; none when it has its own.
    name: Option<PathBuf>,
}

impl FolderDraft {
    /// Begins a folder that will be `target`.
    pub fn new(target: &Path, overwrite: bool) -> Result<Self> {
        let fail = |error: std::io::Error| Error::io(target, error);
        if !overwrite && target.symlink_metadata().is_ok() {
            return Err(fail(std::io::Error::from_raw_os_error(codes::EXISTS)));
        }
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let name = temporary_name(&parent, target);
        sys::create_folder(&name).map_err(fail)?;
        Ok(Self {
            target: target.to_path_buf(),
            parent,
            name: Some(name),
        })
    }

    /// The path that the folder will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Begins a file in it.
    pub fn file(&self, name: &str) -> Result<Draft> {
        let folder = self.name.as_deref().unwrap_or(&self.target);
        Draft::new(&folder.join(name), 0, false, Checkpoint::NONE)
    }

    /// Gives the folder its name. `checkpoint` is polled while another process publishes beside it, and
    /// should pause.
    pub fn publish(mut self, overwrite: bool, checkpoint: Checkpoint<'_>) -> Result<()> {
        let Some(name) = self.name.clone() else {
            return Ok(());
        };
        FolderLock::take(&name, Lock::Exclusive, checkpoint)?.sync()?;
        let locked = FolderLock::take(&self.parent, Lock::Exclusive, checkpoint)?;
        let is_exchanged = match sys::rename_new(&name, &self.target) {
            Ok(()) => false,
            // What had the name goes away under the temporary one, when this is dropped.
            Err(error) if overwrite && error.kind() == ErrorKind::AlreadyExists => {
                let exchanged = sys::exchange(&name, &self.target);
                exchanged.map_err(|error| Error::io(&self.target, error))?;
                true
            }
            Err(error) => return Err(Error::io(&self.target, error)),
        };
        let synced = locked.sync();
        // A name that may not last is given back.
        let is_undone = synced.is_err()
            && if is_exchanged {
                sys::exchange(&name, &self.target).is_ok()
            } else {
                sys::rename_new(&self.target, &name).is_ok()
            };
        if !is_exchanged && !is_undone {
            self.name = None;
        }
        synced
    }
}

impl Drop for FolderDraft {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            // If this fails, the name of what is left says what it is.
            let _ = sys::remove_all(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(target: &Path, overwrite: bool, text: &str) -> Result<()> {
        let folder = FolderDraft::new(target, overwrite)?;
        let mut file = folder.file("part")?;
        file.write_at(text.as_bytes(), 0)?;
        file.appear(false)?;
        folder.publish(overwrite, Checkpoint::NONE)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_folder_appears_when_it_is_whole_and_replaces_another() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("parts");
        drop(FolderDraft::new(&target, false).unwrap());
        assert!(names(home.path()).is_empty());
        write(&target, false, "old").unwrap();
        assert!(write(&target, false, "new").is_err());
        write(&target, true, "new").unwrap();
        assert_eq!(std::fs::read(target.join("part")).unwrap(), b"new");
        assert_eq!(names(home.path()), ["parts"]);
    }
}
