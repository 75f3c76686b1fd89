//! Calls about files that only Linux has. Another system has a twin of this file, which may answer
//! that it cannot: all callers know a way round.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::sys::unix::files::MODE;

/// Creates a file that has no name yet; `None` where the file system cannot.
pub fn create_unnamed(folder: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::TMPFILE;
    let mode = Mode::from_raw_mode(MODE);
    match retry_on_intr(|| rustix::fs::open(folder, flags, mode)) {
        Ok(file) => Ok(Some(file.into())),
        // No other kind of file could be created there either.
        Err(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::ROFS)) => {
            Err(errno.into())
        }
        Err(_) => Ok(None),
    }
}

/// Gives an opened file a name, which must be new.
pub fn link_open(file: &File, name: &Path) -> io::Result<()> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let follow = AtFlags::SYMLINK_FOLLOW;
    Ok(retry_on_intr(|| {
        rustix::fs::linkat(CWD, &*open, CWD, name, follow)
    })?)
}

/// Reserves space in a file; `false` where the file system cannot. A signal is an error here: some
/// file systems give back all that they had reserved, and less at a time may succeed.
pub fn reserve(file: &File, position: u64, bytes: u64) -> io::Result<bool> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), position, bytes) {
        Ok(()) => Ok(true),
        // The last is the answer of some sandboxes.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Renames a file; the name must be new.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let only_new = RenameFlags::NOREPLACE;
    match retry_on_intr(|| rustix::fs::renameat_with(CWD, from, CWD, to, only_new)) {
        // Where renaming cannot refuse to replace, linking can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            retry_on_intr(|| rustix::fs::link(from, to))?;
            Ok(rustix::fs::unlink(from)?)
        }
        done => Ok(done?),
    }
}

/// Exchanges the names of two files.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    let both = RenameFlags::EXCHANGE;
    Ok(retry_on_intr(|| {
        rustix::fs::renameat_with(CWD, one, CWD, other, both)
    })?)
}

/// Random bits; `None` where the system has none yet.
pub fn random() -> Option<u64> {
    let mut random = [0; 8];
    let filled = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
    (filled == Ok(random.len())).then(|| u64::from_le_bytes(random))
}

/// Waits until a file is on disk.
pub fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Waits until the disk has the names in a folder.
pub(in crate::sys) fn sync_names(folder: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::fs::fsync(folder)
}
