//! Calls about files that every POSIX system has. Those that a signal may interrupt are repeated.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags, RawMode};
use rustix::io::retry_on_intr;

use crate::sys::identity::Identity;

/// What a new file may be used for, before the mask of the process is applied.
pub(in crate::sys) const MODE: RawMode = 0o666;

/// The path that these bytes spell.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// A path as names with slashes between them, which is what it is here.
pub fn slashed(path: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(path)
}

/// Bytes of a page of memory.
pub fn page_bytes() -> usize {
    rustix::param::page_size()
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
}
