//! Paths that match a pattern, as Python's `glob` finds them: `**` is any number of folders, links
//! are followed, hidden names only match a pattern that begins with a dot, and what may not be read
//! holds nothing.

use std::fs::{DirEntry, read_dir};
use std::io;

use crate::dataset::wildcard::{Wildcard, has_wildcard};
use crate::error::{Checkpoint, Result};
use crate::sys;

/// A pattern: the folder that it begins with, and the names below it.
#[derive(Debug)]
pub struct Pattern<'a> {
    /// What is before the first name with wildcards.
    pub folder: &'a [u8],
    names: Vec<&'a [u8]>,
}

impl<'a> Pattern<'a> {
    /// Takes a pattern apart.
    pub fn new(pattern: &'a [u8]) -> Self {
        let mut folder = pattern;
        let mut names = Vec::new();
        while has_wildcard(folder) {
            let name = folder.rsplit(|byte| *byte == b'/').next();
            let name = name.unwrap_or_default();
            names.push(name);
            folder = &folder[..folder.len() - name.len()];
            // All slashes go, but for those of the root.
            let end = folder.iter().rposition(|byte| *byte != b'/');
            folder = end.map_or(folder, |end| &folder[..=end]);
        }
        names.reverse();
        Self { folder, names }
    }
}

/// All paths that match a pattern, in no order. Folders that `takes` refuses are not looked into;
/// `checkpoint` is polled.
pub fn glob(
    pattern: &Pattern<'_>,
    takes: &mut dyn FnMut(&[u8]) -> bool,
    checkpoint: Checkpoint<'_>,
) -> Result<Vec<Vec<u8>>> {
    let mut found = vec![pattern.folder.to_vec()];
    let mut names = pattern.names.iter().peekable();
    while let Some(name) = names.next() {
        let only_folders = names.peek().is_some();
        let mut next = Vec::new();
        for folder in &found {
            checkpoint.check()?;
            match *name {
                b"**" => next.extend(below(folder, only_folders, takes, checkpoint)?),
                name if has_wildcard(name) => matching(folder, name, only_folders, &mut next),
                b"" => next.extend(is_folder(folder).then(|| join(folder, b""))),
                name => next.extend(Some(join(folder, name)).filter(|path| exists(path))),
            }
        }
        if only_folders {
            next.retain(|folder| takes(folder));
        }
        found = next;
    }
    // `**` also stands for no folder at all.
    found.retain(|path| !path.is_empty());
    Ok(found)
}

/// A name in a folder.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let needs_slash = !folder.is_empty() && !folder.ends_with(b"/");
    let slash: &[u8] = if needs_slash { b"/" } else { b"" };
    [folder, slash, name].concat()
}

/// `folder` itself, and all that is below it and is not hidden.
fn below(
    folder: &[u8],
    only_folders: bool,
    takes: &mut dyn FnMut(&[u8]) -> bool,
    checkpoint: Checkpoint<'_>,
) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    if folder.is_empty() || is_folder(folder) {
        found.push(join(folder, b""));
    }
    let mut left = vec![folder.to_vec()];
    while let Some(folder) = left.pop() {
        checkpoint.check()?;
        for entry in entries(&folder) {
            if entry.is_hidden() || (only_folders && !entry.is_folder) {
                continue;
            }
            let path = join(&folder, &entry.name);
            if entry.is_folder && takes(&path) {
                left.push(path.clone());
            }
            found.push(path);
        }
    }
    Ok(found)
}

fn matching(folder: &[u8], name: &[u8], only_folders: bool, found: &mut Vec<Vec<u8>>) {
    let wildcard = Wildcard::new(name);
    let takes_hidden = name.starts_with(b".");
    for entry in entries(folder) {
        let is_taken = (takes_hidden || !entry.is_hidden()) && (!only_folders || entry.is_folder);
        if is_taken && wildcard.matches(&entry.name) {
            found.push(join(folder, &entry.name));
        }
    }
}

/// One name in a folder.
#[derive(Debug)]
pub struct Entry {
    /// The name.
    pub name: Vec<u8>,
    /// Whether it is a folder, or a link to one.
    pub is_folder: bool,
}

impl Entry {
    fn is_hidden(&self) -> bool {
        self.name.starts_with(b".")
    }

    /// The names in a folder.
    pub fn all(folder: &[u8]) -> io::Result<impl Iterator<Item = io::Result<Self>>> {
        let entries = read_dir(sys::path(folder))?;
        Ok(entries.map(|entry| entry.map(|entry| Self::new(&entry))))
    }

    /// What the system says of one name.
    fn new(entry: &DirEntry) -> Self {
        let is_folder = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
            Ok(kind) => kind.is_dir(),
            Err(_) => false,
        };
        let name = entry.file_name().as_encoded_bytes().to_vec();
        Self { name, is_folder }
    }
}

/// What is in a folder, as far as it may be read.
fn entries(folder: &[u8]) -> Vec<Entry> {
    let folder = if folder.is_empty() { b"." } else { folder };
    let read = Entry::all(folder).into_iter().flatten();
    read.map_while(io::Result::ok).collect()
}

fn is_folder(path: &[u8]) -> bool {
    sys::path(path).is_dir()
}

fn exists(path: &[u8]) -> bool {
    sys::path(path).symlink_metadata().is_ok()
}
