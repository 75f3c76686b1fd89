//! Files: opened so that others may rename or remove them meanwhile, read and written by position.
#![expect(
    unsafe_code,
    reason = "calls that fill a structure; each block says why it is sound"
)]

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::io::ErrorKind;
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, GetDiskFreeSpaceExW,
    GetFileInformationByHandle,
};

use crate::sys::identity::Identity;
use crate::sys::windows::paths::wide;

/// Hundreds of nanoseconds in a second, which is what times are counted in.
const TICKS: u64 = 10_000_000;

/// Opens a file to read from. A folder opens too.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that opens inputs"
)]
pub fn open_input(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(path)
}

/// The identity of an opened file.
pub fn identify(file: &File) -> io::Result<Identity> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open while `file` is borrowed, and the call fills one structure.
    if unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let joined = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let modified = file.metadata()?.last_write_time();
    // Both are far below what a signed number holds.
    let seconds = (modified / TICKS).cast_signed();
    let rest = (modified % TICKS * 100).cast_signed();
    Ok(Identity {
        device: u64::from(found.dwVolumeSerialNumber),
        number: joined(found.nFileIndexHigh, found.nFileIndexLow),
        bytes: joined(found.nFileSizeHigh, found.nFileSizeLow),
        modified: (seconds, rest),
    })
}

/// Fills `buffer` from `position`.
pub fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.seek_read(&mut buffer[filled..], position + filled as u64) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of `bytes` at `position`.
pub fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match file.seek_write(&bytes[written..], position + written as u64) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Creates a file under a name that must be new.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that creates files"
)]
pub fn create(name: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).open(name)
}

/// Creates a folder under a name that must be new.
pub fn create_folder(name: &Path) -> io::Result<()> {
    std::fs::create_dir(name)
}

/// Answers that there are no files without a name.
pub const fn create_unnamed(_folder: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Reserves space at the end of a file. A file is given its space as it is made longer, unless its
/// folder is compressed; there it may be missing later, as everywhere on such a disk.
pub fn reserve(file: &File, position: u64, bytes: u64) -> io::Result<bool> {
    let end = position.saturating_add(bytes);
    if file.metadata()?.len() < end {
        file.set_len(end)?;
    }
    Ok(true)
}

/// Waits until a file is on disk.
pub fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Random bits, from the keys that the standard library draws for its hashes.
pub fn random() -> Option<u64> {
    Some(RandomState::new().build_hasher().finish())
}

/// Unknown: what is free is told of folders only. A file that does not fit is noticed while its space is
/// reserved.
pub const fn free_disk(_file: &File) -> Option<u64> {
    None
}

/// Bytes of disk that this user may take in a folder; `None` where the system does not say.
pub fn available_disk(folder: &Path) -> Option<u64> {
    let folder = wide(folder).ok()?;
    let nothing = std::ptr::null_mut();
    let mut free = 0;
    // SAFETY: the path ends with a null, and the call writes one number.
    let answer = unsafe { GetDiskFreeSpaceExW(folder.as_ptr(), &raw mut free, nothing, nothing) };
    (answer != 0).then_some(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_some_disk() {
        let folder = tempfile::tempdir().unwrap();
        assert!(available_disk(folder.path()).is_none_or(|bytes| bytes > 1 << 20));
        assert_eq!(available_disk(&folder.path().join("absent")), None);
    }

    #[test]
    fn a_file_is_the_same_until_it_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("file");
        let file = create(&name).unwrap();
        let before = identify(&file).unwrap();
        assert_eq!(identify(&open_input(&name).unwrap()).unwrap(), before);
        write_all_at(&file, b"bytes", 3).unwrap();
        let mut bytes = [0; 5];
        read_exact_at(&file, &mut bytes, 3).unwrap();
        assert_eq!(&bytes, b"bytes");
        assert!(before.difference(&identify(&file).unwrap()).is_some());
        assert!(read_exact_at(&file, &mut bytes, 4).is_err());
    }
}
