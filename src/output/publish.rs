//! Gives the files of one set their names: all of them, or none.
//!
//! Several files cannot get their names in one step, so the last one vouches for the others: its name
//! is withdrawn before any of them changes, and returns when all have changed. Each of these steps is
//! on disk before the next one, so this also holds for a loss of power.

use std::path::PathBuf;

use crate::error::{Checkpoint, Error, Result};
use crate::output::Draft;
use crate::output::draft::{HowNamed, temporary_name};
use crate::output::lock::FolderLock;
use crate::sys;
use crate::sys::Lock;

/// Gives finished drafts their names, in order. A failure changes no file, as far as the system allows.
/// `checkpoint` is polled while another process publishes in the same folder, and should pause.
pub fn publish(mut drafts: Vec<Draft>, overwrite: bool, checkpoint: Checkpoint<'_>) -> Result<()> {
    for draft in &drafts {
        draft.sync()?;
    }
    let Some(folder) = drafts.first().map(|draft| draft.folder().to_path_buf()) else {
        return Ok(());
    };
    let locked = FolderLock::take(&folder, Lock::Exclusive, checkpoint)?;
    let mut undo = Undo::default();
    let done = name_all(&mut drafts, overwrite, &mut undo, &locked);
    match done {
        Ok(()) => undo.discard(),
        Err(_) => undo.take_back(&drafts),
    }
    // Before the drafts are dropped, because removing replaced files may take long.
    drop(locked);
    done
}

fn name_all(
    drafts: &mut [Draft],
    overwrite: bool,
    undo: &mut Undo,
    folder: &FolderLock,
) -> Result<()> {
    let Some((last, others)) = drafts.split_last_mut() else {
        return Ok(());
    };
    // A single file vouches for no others.
    if overwrite && !others.is_empty() {
        undo.withdrawn = withdraw(last)?;
        if undo.withdrawn.is_some() {
            folder.sync()?;
        }
    }
    for draft in others {
        undo.named.push(draft.appear(overwrite)?);
    }
    folder.sync()?;
    undo.named.push(last.appear(overwrite)?);
    folder.sync()
}

/// What must be undone if a set fails halfway.
#[derive(Debug, Default)]
struct Undo {
    /// How the first drafts were named.
    named: Vec<HowNamed>,
    /// The temporary name of the file that vouched for the old set.
    withdrawn: Option<PathBuf>,
}

impl Undo {
    /// Takes all names back, in reverse order.
    fn take_back(self, drafts: &[Draft]) {
        for (draft, named) in drafts.iter().zip(self.named).rev() {
            draft.disappear(named);
        }
        if let (Some(old), Some(last)) = (self.withdrawn, drafts.last()) {
            // The caller returns an earlier error.
            let _ = sys::rename_new(&old, last.target());
        }
    }

    /// Removes what only `take_back` needs.
    fn discard(self) {
        if let Some(old) = self.withdrawn {
            // A failure leaves a file whose name says what it is.
            let _ = std::fs::remove_file(old);
        }
    }
}

/// Renames the file that vouches for a set which is to be replaced, and returns its temporary name;
/// `None` if there is no such file.
fn withdraw(last: &Draft) -> Result<Option<PathBuf>> {
    let old = temporary_name(last.folder(), last.target());
    match sys::rename(last.target(), &old) {
        Ok(()) => Ok(Some(old)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(last.target(), error)),
    }
}
