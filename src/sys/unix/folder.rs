//! Opened folders: their locks, and the names in them.

use std::io;
use std::path::Path;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::sys::lock::Lock;
use crate::sys::system::sync_names;

/// An opened folder.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
        Ok(Self(opened?))
    }

    /// Locks the folder if that can be done at once. `false` where another process is in the way, so
    /// that it may help to try again; `true` also where the system has no such locks.
    pub fn try_lock(&self, lock: Lock) -> bool {
        let operation = match lock {
            Lock::Shared => FlockOperation::NonBlockingLockShared,
            Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
        };
        let locked = rustix::fs::flock(&self.0, operation);
        !matches!(locked, Err(Errno::WOULDBLOCK | Errno::INTR))
    }

    /// Unlocks the folder.
    pub fn unlock(&self) {
        // A folder that was not locked stays so.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }

    /// Waits until the disk has the names in the folder.
    pub fn sync(&self) -> io::Result<()> {
        match retry_on_intr(|| sync_names(self.0.as_fd())) {
            // Some file systems cannot sync a folder; the files themselves are on disk.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_by_one_or_shared_by_many() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Folder::open(folder.path()).unwrap();
        let reader = open();
        let writer = open();
        assert!(reader.try_lock(Lock::Shared));
        assert!(open().try_lock(Lock::Shared));
        assert!(!writer.try_lock(Lock::Exclusive));
        reader.unlock();
        assert!(writer.try_lock(Lock::Exclusive));
        assert!(!reader.try_lock(Lock::Shared));
    }
}
