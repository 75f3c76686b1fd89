//! Names of files and folders. Others may have a file open while it is renamed or removed; a file that
//! another program has mapped can be renamed, but neither replaced nor removed, and that is an error.
#![expect(
    unsafe_code,
    reason = "one call with paths; the block says why it is sound"
)]

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::Path;

use windows_sys::Win32::Foundation::ERROR_ALREADY_EXISTS;
use windows_sys::Win32::Storage::FileSystem::{MOVEFILE_WRITE_THROUGH, MoveFileExW};

use crate::sys::windows::codes;
use crate::sys::windows::paths::wide;

/// Removes a file, or a folder with all that is in it.
pub fn remove_all(name: &Path) -> io::Result<()> {
    if name.symlink_metadata()?.is_dir() {
        std::fs::remove_dir_all(name)
    } else {
        std::fs::remove_file(name)
    }
}

/// Renames a file, and replaces one that has the name already, in one step.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Renames a file or folder; the name must be new.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from)?, wide(to)?);
    // SAFETY: both paths end with a null.
    let answer = unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) };
    if answer != 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(ERROR_ALREADY_EXISTS.cast_signed()) {
        return Err(io::Error::from_raw_os_error(codes::EXISTS));
    }
    Err(error)
}

/// Exchanges the names of two folders, in three steps, between which the second name is free for a
/// moment. Files are refused: `rename` replaces one in a single step.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    if !one.is_dir() || !other.is_dir() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let unique = RandomState::new().build_hasher().finish();
    let mut name = one.file_name().unwrap_or_default().to_owned();
    name.push(format!("-{unique:016x}"));
    let aside = one.with_file_name(name);
    rename_new(other, &aside)?;
    if let Err(error) = rename_new(one, other) {
        rename_new(&aside, other)?;
        return Err(error);
    }
    rename_new(&aside, one)
}

/// Refuses to give an opened file a name.
pub fn link_open(_file: &File, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{create, create_folder};

    #[test]
    fn a_name_is_new_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        drop(create(&one).unwrap());
        rename_new(&one, &other).unwrap();
        let held = create(&one).unwrap();
        let refused = rename_new(&one, &other).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(codes::EXISTS));
        rename(&one, &other).unwrap();
        assert!(!one.exists());
        drop(held);
    }

    #[test]
    fn folders_exchange_names() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        create_folder(&one).unwrap();
        create_folder(&other).unwrap();
        drop(create(&one.join("file")).unwrap());
        exchange(&one, &other).unwrap();
        assert!(other.join("file").exists() && !one.join("file").exists());
        assert!(exchange(&one, &other.join("file")).is_err());
    }
}
