//! Locks on the folder of a set of files, so that two sets of one name do not mix. They keep out
//! other loads only, and no load waits for one forever.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Checkpoint, Error, Result};
use crate::sys::{Folder, Lock};

/// How long a lock is waited for at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that is locked, where the system has such locks and no other process holds one for long.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    folder: Folder,
}

impl FolderLock {
    /// Locks a folder. `checkpoint` is polled while other processes are waited for, and should pause.
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

    /// Waits until the disk has the names in the folder.
    pub fn sync(&self) -> Result<()> {
        let synced = self.folder.sync();
        synced.map_err(|error| Error::io(&self.path, error))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Explicitly, because a child that was forked meanwhile holds the descriptor as well.
        self.folder.unlock();
    }
}
