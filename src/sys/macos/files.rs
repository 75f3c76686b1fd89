//! Calls about files that macOS has. There are no files without a name, so a draft has a temporary one
//! from the beginning.
#![expect(
    unsafe_code,
    reason = "one call with a structure; the block says why it is sound"
)]

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

/// Answers that there are no files without a name.
pub const fn create_unnamed(_folder: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Refuses to give an opened file a name.
pub fn link_open(_file: &File, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reserves space at the end of a file; `false` where the file system cannot. All of it or nothing, and
/// the file is as long as what is reserved.
pub fn reserve(file: &File, position: u64, bytes: u64) -> io::Result<bool> {
    let end = position.saturating_add(bytes);
    let missing = end.saturating_sub(file.metadata()?.len());
    if missing == 0 {
        return Ok(true);
    }
    let mut space = libc::fstore_t {
        fst_flags: libc::F_ALLOCATEALL,
        fst_posmode: libc::F_PEOFPOSMODE,
        fst_offset: 0,
        fst_length: i64::try_from(missing).map_err(|_| io::ErrorKind::StorageFull)?,
        fst_bytesalloc: 0,
    };
    // SAFETY: the descriptor is open while `file` is borrowed, and the call reads and writes one
    // structure of this kind.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &raw mut space) };
    if answer == -1 {
        let error = io::Error::last_os_error();
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        return match errno {
            Some(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOTTY) => Ok(false),
            _ => Err(error),
        };
    }
    file.set_len(end)?;
    Ok(true)
}

/// Renames a file; the name must be new.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let only_new = RenameFlags::NOREPLACE;
    match retry_on_intr(|| rustix::fs::renameat_with(CWD, from, CWD, to, only_new)) {
        // Where renaming cannot refuse to replace, linking can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::OPNOTSUPP) => {
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

/// Random bits, from the keys that the standard library draws for its hashes.
pub fn random() -> Option<u64> {
    Some(RandomState::new().build_hasher().finish())
}

/// Waits until a file is on disk. Where the file system cannot have the disk empty its cache, until the
/// disk has it.
pub fn sync(file: &File) -> io::Result<()> {
    // This is `F_FULLFSYNC`.
    match file.sync_all() {
        Err(error) if is_refused(&error) => Ok(retry_on_intr(|| rustix::fs::fsync(file))?),
        done => done,
    }
}

fn is_refused(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        errno,
        Some(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOTTY)
    )
}

/// Waits until the disk has the names in a folder.
pub(in crate::sys) fn sync_names(folder: BorrowedFd<'_>) -> Result<(), Errno> {
    match rustix::fs::fcntl_fullfsync(folder) {
        Err(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOTTY) => {
            rustix::fs::fsync(folder)
        }
        done => done,
    }
}
