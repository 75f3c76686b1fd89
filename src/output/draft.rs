//! A file that has no name until it is whole.
//!
//! Space is reserved first, so a full disk is an error and never a signal; then come the data, the
//! header, the sync, and last of all the name. Where the system can, the file has no name at all
//! before that, so that nothing is left behind even by a kill.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::error::{Checkpoint, Error, Result};
use crate::sys::free::free_disk;

/// Zeros that are written at a time where space cannot be reserved otherwise.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
/// Bytes that are reserved at a time, and the fewest where signals keep interrupting.
const RESERVED: (u64, u64) = (256 << 20, 1 << 20);

/// A file on its way to a name.
#[derive(Debug)]
pub struct Draft {
    file: File,
    target: PathBuf,
    folder: PathBuf,
    /// A name that goes away with this: of the file, where it cannot do without one meanwhile, or
    /// of the file that it has replaced.
    name: Option<PathBuf>,
}

/// How a file came to its name, and so how it loses it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowNamed {
    /// Nobody had the name.
    Taken,
    /// It has changed names with the file that had this one.
    Exchanged,
    /// What had the name is gone.
    Replaced,
}

impl Draft {
    /// Begins a file that will be `target`, with `bytes` bytes reserved.
    pub fn new(
        target: &Path,
        bytes: u64,
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let fail = |error: io::Error| Error::io(target, error);
        if !overwrite && target.symlink_metadata().is_ok() {
            return Err(fail(Errno::EXIST.into()));
        }
        if target.is_dir() && !target.is_symlink() {
            return Err(fail(Errno::ISDIR.into()));
        }
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let (file, name) = open(&folder, target).map_err(fail)?;
        let draft = Self {
            file,
            target: target.to_path_buf(),
            folder,
            name,
        };
        draft.reserve(bytes, checkpoint)?;
        Ok(draft)
    }

    /// The file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The name that it will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `bytes` at `position`.
    pub fn write_at(&self, bytes: &[u8], position: u64) -> Result<()> {
        let written = self.file.write_all_at(bytes, position);
        written.map_err(|e| Error::io(&self.target, e))
    }

    /// Waits until the disk has it all.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|e| Error::io(&self.target, e))
    }

    /// Takes space for `bytes` bytes.
    fn reserve(&self, bytes: u64, checkpoint: Checkpoint<'_>) -> Result<()> {
        let fail = |error: io::Error| Error::io(&self.target, error);
        // Asked first, so that a claim without measure does not fill the disk on its way to the error.
        if free_disk(&self.file).is_some_and(|free| bytes > free) {
            return Err(fail(Errno::NOSPC.into()));
        }
        let (mut at, mut step) = (0, RESERVED.0);
        while at < bytes {
            let piece = step.min(bytes - at);
            match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), at, piece) {
                Ok(()) => at += piece,
                // Some systems give all of a piece back when a signal comes.
                Err(Errno::INTR) => step = (step / 2).max(RESERVED.1),
                // Not every file system can, and some sandboxes forbid it.
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => {
                    let left = usize::try_from(bytes - at).unwrap_or(usize::MAX);
                    let zeros = &ZEROS[..left.min(ZEROS.len())];
                    self.file.write_all_at(zeros, at).map_err(fail)?;
                    at += zeros.len() as u64;
                }
                Err(errno) => return Err(fail(errno.into())),
            }
            checkpoint.check()?;
        }
        Ok(())
    }

    /// Gives the file its name. A file that is replaced is kept under a passing one where the
    /// system can, so that this can be taken back.
    pub fn appear(&mut self, overwrite: bool) -> Result<HowNamed> {
        self.take_name(overwrite)
            .map_err(|errno| Error::io(&self.target, errno.into()))
    }

    fn take_name(&mut self, overwrite: bool) -> rustix::io::Result<HowNamed> {
        if self.name.is_none() {
            match self.link(&self.target) {
                Ok(()) => return Ok(HowNamed::Taken),
                // A name that exists can only be replaced by renaming.
                Err(Errno::EXIST) if overwrite => {}
                Err(errno) => return Err(errno),
            }
            let name = temporary_name(&self.folder, &self.target);
            self.link(&name)?;
            self.name = Some(name);
        }
        let Some(name) = self.name.clone() else {
            return Err(Errno::NOENT);
        };
        match rename_new(&name, &self.target) {
            Ok(()) => {
                self.name = None;
                return Ok(HowNamed::Taken);
            }
            Err(errno) if !overwrite => return Err(errno),
            Err(_) => {}
        }
        if exchange(&name, &self.target).is_ok() {
            return Ok(HowNamed::Exchanged);
        }
        retry_on_intr(|| rustix::fs::rename(&name, &self.target))?;
        self.name = None;
        Ok(HowNamed::Replaced)
    }

    /// Takes the name away again, as far as that can be done.
    pub fn disappear(&self, naming: HowNamed) {
        // Whoever takes names back has an error to tell already.
        let _ = match (naming, &self.name) {
            (HowNamed::Taken, _) => rustix::fs::unlink(&self.target),
            (HowNamed::Exchanged, Some(name)) => exchange(name, &self.target),
            _ => Ok(()),
        };
    }

    /// Takes away the name that the file has meanwhile.
    pub fn give_up(&mut self) {
        if let Some(name) = self.name.take() {
            // Nothing can be done about a failure here, and the name says what it is.
            let _ = std::fs::remove_file(name);
        }
    }

    /// Links the nameless file.
    fn link(&self, name: &Path) -> rustix::io::Result<()> {
        use std::os::fd::AsRawFd;
        let open = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        retry_on_intr(|| rustix::fs::linkat(CWD, &*open, CWD, name, AtFlags::SYMLINK_FOLLOW))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn open(folder: &Path, target: &Path) -> io::Result<(File, Option<PathBuf>)> {
    let mode = Mode::from_raw_mode(0o666);
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    match retry_on_intr(|| rustix::fs::open(folder, flags | OFlags::TMPFILE, mode)) {
        Ok(file) => return Ok((file.into(), None)),
        // Not every file system can; but a folder that is not there is not there.
        Err(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::ROFS)) => {
            return Err(errno.into());
        }
        Err(_) => {}
    }
    let name = temporary_name(folder, target);
    let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let file = retry_on_intr(|| rustix::fs::open(&name, flags, mode))?;
    Ok((file.into(), Some(name)))
}

/// A name beside the target that nobody else has.
pub fn temporary_name(folder: &Path, target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 8];
    if rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty()) != Ok(8) {
        random = COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
    }
    let stem = target.file_name().unwrap_or_default().to_string_lossy();
    let tail = format!(
        "{:x}-{:016x}",
        std::process::id(),
        u64::from_le_bytes(random)
    );
    folder.join(format!(".{stem}.{tail}.partial"))
}

/// Renames a file to a name that nobody has.
pub fn rename_new(from: &Path, to: &Path) -> rustix::io::Result<()> {
    let only_new = RenameFlags::NOREPLACE;
    match retry_on_intr(|| rustix::fs::renameat_with(CWD, from, CWD, to, only_new)) {
        // Where renaming cannot refuse to replace, linking can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            retry_on_intr(|| rustix::fs::link(from, to))?;
            rustix::fs::unlink(from)
        }
        done => done,
    }
}

fn exchange(one: &Path, other: &Path) -> rustix::io::Result<()> {
    let both = RenameFlags::EXCHANGE;
    retry_on_intr(|| rustix::fs::renameat_with(CWD, one, CWD, other, both))
}
