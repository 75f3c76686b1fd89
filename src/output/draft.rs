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

use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::output::room::free_disk;

/// Zeros that are written at a time where space cannot be reserved otherwise.
const ZEROS: usize = 1 << 20;

/// A file on its way to a name.
#[derive(Debug)]
pub struct Draft {
    file: File,
    target: PathBuf,
    folder: PathBuf,
    /// The name that it has meanwhile, where it cannot do without.
    name: Option<PathBuf>,
}

impl Draft {
    /// Begins a file that will be `target`, with `bytes` bytes reserved.
    pub fn new(target: &Path, bytes: u64, overwrite: bool) -> Result<Self> {
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
        reserve(&draft.file, bytes).map_err(fail)?;
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

    /// Writes `bytes` at `position`.
    pub fn write_at(&self, bytes: &[u8], position: u64) -> Result<()> {
        let written = self.file.write_all_at(bytes, position);
        written.map_err(|e| Error::io(&self.target, e))
    }

    /// Waits until the disk has it all.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|e| Error::io(&self.target, e))
    }

    /// Gives the file its name.
    fn appear(&mut self, overwrite: bool) -> Result<()> {
        self.name_it(overwrite)
            .map_err(|errno| Error::io(&self.target, errno.into()))
    }

    fn name_it(&mut self, overwrite: bool) -> rustix::io::Result<()> {
        if self.name.is_none() && !overwrite {
            return self.link(&self.target);
        }
        // A name that exists can only be replaced by renaming.
        let name = if let Some(name) = &self.name {
            name.clone()
        } else {
            let name = passing_name(&self.folder, &self.target);
            self.link(&name)?;
            self.name.insert(name).clone()
        };
        if overwrite {
            rustix::fs::rename(&name, &self.target)?;
        } else {
            rename_new(&name, &self.target)?;
        }
        self.name = None;
        Ok(())
    }

    /// Links the nameless file.
    fn link(&self, name: &Path) -> rustix::io::Result<()> {
        use std::os::fd::AsRawFd;
        let open = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let here = rustix::fs::CWD;
        rustix::fs::linkat(here, open, here, name, AtFlags::SYMLINK_FOLLOW)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // Nothing can be done about a failure here, and the name says what it is.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Gives finished drafts their names, in order. On failure those that have just appeared go again,
/// unless they replaced something.
pub fn publish(mut drafts: Vec<Draft>, overwrite: bool) -> Result<()> {
    for draft in &drafts {
        draft.sync()?;
    }
    if overwrite && let Some(last) = drafts.last() {
        // The last one vouches for the others: it must not stand beside a mixture.
        match std::fs::remove_file(&last.target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io(&last.target, error));
            }
            _ => {}
        }
    }
    for at in 0..drafts.len() {
        if let Err(error) = drafts[at].appear(overwrite) {
            if !overwrite {
                for draft in &drafts[..at] {
                    let _ = std::fs::remove_file(&draft.target);
                }
            }
            return Err(error);
        }
    }
    for draft in &drafts {
        sync_folder(&draft.folder).map_err(|e| Error::io(&draft.folder, e))?;
    }
    Ok(())
}

fn open(folder: &Path, target: &Path) -> io::Result<(File, Option<PathBuf>)> {
    let mode = Mode::from_raw_mode(0o666);
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    match rustix::fs::open(folder, flags | OFlags::TMPFILE, mode) {
        Ok(file) => return Ok((file.into(), None)),
        // Not every file system can; but a folder that is not there is not there.
        Err(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::ROFS)) => {
            return Err(errno.into());
        }
        Err(_) => {}
    }
    let name = passing_name(folder, target);
    let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let file = rustix::fs::open(&name, flags, mode)?;
    Ok((file.into(), Some(name)))
}

/// A name beside the target that nobody else has.
fn passing_name(folder: &Path, target: &Path) -> PathBuf {
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

fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    // Asked first, so that a claim without measure does not fill the disk on its way to the error.
    if free_disk(file).is_some_and(|free| bytes > free) {
        return Err(Errno::NOSPC.into());
    }
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let zeros = vec![0; ZEROS];
            let mut at = 0;
            while at < bytes {
                let left = usize::try_from(bytes - at).unwrap_or(ZEROS).min(ZEROS);
                file.write_all_at(&zeros[..left], at)?;
                at += left as u64;
            }
            Ok(())
        }
        Err(errno) => Err(errno.into()),
    }
}

fn rename_new(from: &Path, to: &Path) -> rustix::io::Result<()> {
    let here = rustix::fs::CWD;
    match rustix::fs::renameat_with(here, from, here, to, RenameFlags::NOREPLACE) {
        // Where renaming cannot refuse to replace, linking can.
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::link(from, to)?;
            rustix::fs::unlink(from)
        }
        done => done,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a folder is opened to be synced, not read"
)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems cannot sync a folder; the files themselves are on disk.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}
