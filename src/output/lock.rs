//! Locks on the folder of a set of files, so that two sets of one name do not mix. They exclude other
//! loads only, and no load waits for a lock forever.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Checkpoint, Error, Result};
use crate::sys::{Folder, Lock};

/// The longest wait for a lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that is locked, if the system has such locks and no other process keeps one for too long.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    folder: Folder,
}

impl FolderLock {
    /// Locks a folder. `checkpoint` is polled while another process has the lock, and should pause.
    pub fn take(path: &Path, kind: Lock, checkpoint: Checkpoint<'_>) -> Result<Self> {
        let folder = Folder::open(path).map_err(|error| Error::io(path, error))?;
        let began = Instant::now();
        while !folder.try_lock(kind) && began.elapsed() <= PATIENCE {
            checkpoint.check()?;
        }
        Ok(Self {
            path: path.to_path_buf(),
            folder,
        })
    }

    /// Waits until the names in the folder are on disk.
    pub fn sync(&self) -> Result<()> {
        let synced = self.folder.sync();
        synced.map_err(|error| Error::io(&self.path, error))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Explicitly, because a forked child may still hold the descriptor.
        self.folder.unlock();
    }
}
