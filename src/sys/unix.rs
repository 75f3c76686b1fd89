//! Calls that every POSIX system has. Those that a signal may interrupt are repeated.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::sys::identity::Identity;

/// What a new file may be used for, before the mask of the process is applied.
pub(super) const MODE: u32 = 0o666;

/// The path that these bytes spell.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Opens a file to read from. A pipe opens too, but does not wait for a writer.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that opens inputs"
)]
pub fn open_input(path: &Path) -> io::Result<File> {
    // A file ignores the flag.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// The identity of an opened file.
pub fn identify(file: &File) -> io::Result<Identity> {
    let metadata = file.metadata()?;
    Ok(Identity {
        device: metadata.dev(),
        number: metadata.ino(),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

/// Fills `buffer` from `position`.
pub fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    file.read_exact_at(buffer, position)
}

/// Writes all of `bytes` at `position`.
pub fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    file.write_all_at(bytes, position)
}

/// Creates a file under a name that must be new.
pub fn create(name: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let mode = Mode::from_raw_mode(MODE);
    Ok(retry_on_intr(|| rustix::fs::open(name, flags, mode))?.into())
}

/// Creates a folder under a name that must be new.
pub fn create_folder(name: &Path) -> io::Result<()> {
    std::fs::create_dir(name)
}

/// Removes a file, or a folder with all that is in it.
pub fn remove_all(name: &Path) -> io::Result<()> {
    if name.symlink_metadata()?.is_dir() {
        std::fs::remove_dir_all(name)
    } else {
        std::fs::remove_file(name)
    }
}

/// Renames a file, and replaces one that has the name already.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    Ok(retry_on_intr(|| rustix::fs::rename(from, to))?)
}

/// Random bits; `None` where the system has none yet.
pub fn random() -> Option<u64> {
    let mut random = [0; 8];
    let filled = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
    (filled == Ok(random.len())).then(|| u64::from_le_bytes(random))
}

/// Bytes of disk that are free where `file` is, those reserved for the administrator included;
/// `None` where the file system does not count them.
pub fn free_disk(file: &File) -> Option<u64> {
    let disk = rustix::fs::fstatvfs(file).ok()?;
    (disk.f_blocks > 0).then(|| disk.f_bfree.saturating_mul(disk.f_frsize))
}

/// Bytes of disk that any user may take in a folder; `None` where the file system does not count
/// them.
pub fn available_disk(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// How a folder is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Against those who would change it.
    Shared,
    /// Against all others.
    Exclusive,
}

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
        match retry_on_intr(|| rustix::fs::fsync(&self.0)) {
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
    fn there_is_some_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = create(&folder.path().join("new")).unwrap();
        assert!(free_disk(&file).is_none_or(|bytes| bytes > 1 << 20));
        assert!(available_disk(folder.path()).is_none_or(|bytes| bytes > 1 << 20));
        assert_eq!(available_disk(&folder.path().join("absent")), None);
    }

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
