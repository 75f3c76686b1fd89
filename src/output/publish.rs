//! Gives the files of one set their names: all of them, or none.
//!
//! Several files cannot get their names in one step, so the last one vouches for the others: it
//! goes before any of them changes, and comes back when all have changed. Each of these steps is
//! on the disk before the next one, so this holds for a loss of power as well.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::error::{Checkpoint, Error, Result};
use crate::output::Draft;
use crate::output::draft::{HowNamed, rename_new, temporary_name};

/// How long others are waited for who publish in the same folder.
const PATIENCE: Duration = Duration::from_secs(10);

/// Gives finished drafts their names, in order. On failure all is as it was before, as far as the
/// system lets that be done. The checkpoint may block
/// for a moment: it is polled while waiting for others.
pub fn publish(mut drafts: Vec<Draft>, overwrite: bool, checkpoint: Checkpoint<'_>) -> Result<()> {
    for draft in &drafts {
        draft.sync()?;
    }
    let Some(folder) = drafts.first().map(|draft| draft.folder().to_path_buf()) else {
        return Ok(());
    };
    let folder = Folder::open(&folder)?;
    folder.lock(checkpoint)?;
    let mut named = Vec::with_capacity(drafts.len());
    let mut withdrawn = None;
    let done = name_all(
        &mut drafts,
        &folder,
        overwrite,
        (&mut named, &mut withdrawn),
    );
    match (&done, withdrawn) {
        (Err(_), withdrawn) => {
            for (draft, naming) in drafts.iter().zip(named).rev() {
                draft.disappear(naming);
            }
            if let (Some(old), Some(last)) = (withdrawn, drafts.last()) {
                // There is an error to tell already.
                let _ = rename_new(&old, last.target());
            }
        }
        (Ok(()), Some(old)) => drop(std::fs::remove_file(old)),
        (Ok(()), None) => {}
    }
    // What was replaced goes away behind this; it may take long, and is in nobody's way.
    folder.unlock();
    done
}

fn name_all(
    drafts: &mut [Draft],
    folder: &Folder<'_>,
    overwrite: bool,
    (named, withdrawn): (&mut Vec<HowNamed>, &mut Option<PathBuf>),
) -> Result<()> {
    let Some((last, others)) = drafts.split_last_mut() else {
        return Ok(());
    };
    if overwrite && let Some(old) = withdraw(last)? {
        *withdrawn = Some(old);
        folder.sync()?;
    }
    for draft in others {
        named.push(draft.appear(overwrite)?);
    }
    folder.sync()?;
    named.push(last.appear(overwrite)?);
    folder.sync()
}

/// Takes its name from the file that vouches for a set which is to be replaced, and gives it
/// another.
fn withdraw(last: &Draft) -> Result<Option<PathBuf>> {
    let old = temporary_name(last.folder(), last.target());
    match retry_on_intr(|| rustix::fs::rename(last.target(), &old)) {
        Ok(()) => Ok(Some(old)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(Error::io(last.target(), errno.into())),
    }
}

/// An opened folder.
struct Folder<'a> {
    path: &'a Path,
    file: OwnedFd,
}

impl<'a> Folder<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let file = retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
        let file = file.map_err(|errno| Error::io(path, errno.into()))?;
        Ok(Self { path, file })
    }

    /// Waits until nobody else publishes here, for two sets of one name would mix. Where the
    /// system has no such locks, or somebody else holds this one for long, goes on without.
    fn lock(&self, checkpoint: Checkpoint<'_>) -> Result<()> {
        let began = Instant::now();
        let alone = FlockOperation::NonBlockingLockExclusive;
        while let Err(Errno::WOULDBLOCK | Errno::INTR) = rustix::fs::flock(&self.file, alone) {
            if began.elapsed() > PATIENCE {
                break;
            }
            checkpoint.check()?;
        }
        Ok(())
    }

    /// Said aloud, for a process that is forked meanwhile would hold the lock as well.
    fn unlock(&self) {
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }

    fn sync(&self) -> Result<()> {
        match retry_on_intr(|| rustix::fs::fsync(&self.file)) {
            // Some file systems cannot sync a folder; the files themselves are on disk.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(errno) => Err(Error::io(self.path, io::Error::from(errno))),
        }
    }
}
