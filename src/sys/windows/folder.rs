//! Opened folders. Windows has no locks on folders, so one is a semaphore of the session that is named
//! after the folder: one holder at a time, of either kind. It goes with the last process that knows it.
#![expect(
    unsafe_code,
    reason = "calls with a handle; each block says why it is sound"
)]

use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use windows_sys::Win32::Foundation::WAIT_TIMEOUT;
use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;
use windows_sys::Win32::System::Threading::{
    CreateSemaphoreW, ReleaseSemaphore, WaitForSingleObject,
};

use crate::sys::lock::Lock;
use crate::sys::windows::files::{identify, open_input};

/// An opened folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// None where the system refuses one.
    semaphore: Option<OwnedHandle>,
    is_locked: AtomicBool,
}

impl Folder {
    /// Opens a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let folder = open_input(path)?;
        if !folder.metadata()?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let identity = identify(&folder)?;
        Ok(Self {
            path: path.to_path_buf(),
            semaphore: semaphore(&format!(
                r"Local\onecopy-{:x}-{:x}",
                identity.device, identity.number
            )),
            is_locked: AtomicBool::new(false),
        })
    }

    /// Locks the folder if that can be done at once. `false` where another process is in the way, so
    /// that it may help to try again; `true` also where the system refuses the semaphore.
    pub fn try_lock(&self, _lock: Lock) -> bool {
        let Some(semaphore) = &self.semaphore else {
            return true;
        };
        // SAFETY: the handle is open while it is borrowed.
        let answer = unsafe { WaitForSingleObject(semaphore.as_raw_handle(), 0) };
        let is_locked = answer != WAIT_TIMEOUT;
        self.is_locked.store(is_locked, Ordering::Release);
        is_locked
    }

    /// Unlocks the folder.
    pub fn unlock(&self) {
        let is_locked = self.is_locked.swap(false, Ordering::AcqRel);
        if let Some(semaphore) = self.semaphore.as_ref().filter(|_| is_locked) {
            // SAFETY: the handle is open while it is borrowed, and no count is asked for.
            let released =
                unsafe { ReleaseSemaphore(semaphore.as_raw_handle(), 1, std::ptr::null_mut()) };
            // A refusal means that it is not held.
            let _ = released;
        }
    }

    /// Waits until the disk has the names in the folder, where this user may ask for that. NTFS keeps a
    /// journal of names: after a loss of power each of them is there or is not, in the order in which
    /// they were given.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that opens folders"
    )]
    pub fn sync(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        let synced = options
            .open(&self.path)
            .and_then(|folder| folder.sync_all());
        match synced {
            Err(error) if is_refused(&error) => Ok(()),
            done => done,
        }
    }
}

/// Whether this user, or this file system, has no such request.
fn is_refused(error: &io::Error) -> bool {
    use ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported)
}

/// The semaphore of that name, which one may hold; `None` where the system refuses it.
fn semaphore(name: &str) -> Option<OwnedHandle> {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends with a null.
    let handle = unsafe { CreateSemaphoreW(std::ptr::null(), 1, 1, name.as_ptr()) };
    // SAFETY: a handle that is not null is new, and closed only here.
    (!handle.is_null()).then(|| unsafe { OwnedHandle::from_raw_handle(handle) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Folder::open(folder.path()).unwrap();
        let reader = open();
        let writer = open();
        assert!(reader.try_lock(Lock::Shared));
        assert!(!writer.try_lock(Lock::Exclusive));
        reader.unlock();
        assert!(writer.try_lock(Lock::Exclusive));
        assert!(!reader.try_lock(Lock::Shared));
        writer.sync().unwrap();
    }
}
