//! The files that a source stands for, in the order of their rows: paths as they are, folders searched
//! in depth, globs, and lists of these. Hidden files, those that begin with an underscore and those
//! that are no Parquet are passed over in folders; what cannot be read is an error there.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::arrow::Frame;
use crate::dataset::constant::hive::{Folder, FolderKeys};
use crate::dataset::glob::{Entry, Pattern, glob, join};
use crate::dataset::natural::{Key, parts};
use crate::dataset::origin::{FileOrigin, Origin, Origins, Outline};
use crate::dataset::wildcard::has_wildcard;
use crate::error::{Checkpoint, Error, Result};
use crate::sys;
use crate::sys::codes;

const ENDINGS: [&[u8]; 3] = [b".parquet", b".parq", b".pq"];

/// A part of a source, as it is named.
#[derive(Debug, Clone)]
pub enum Part {
    /// A path, a folder or a glob.
    Path(PathBuf),
    /// A table in memory.
    Frame(Arc<Frame>),
    /// Columns alone, of a source that is read elsewhere.
    Outline(Outline),
}

/// Whether what is in some folders is wanted.
pub type WantedFolders<'a> = &'a (dyn Fn(&[Folder]) -> bool + Sync);

/// How parts are listed.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// What errors call the source.
    pub option: &'a str,
    /// Whether what is in some folders is wanted: those that are not are not looked into.
    pub wanted: Option<WantedFolders<'a>>,
    /// Polled for cancellation.
    pub checkpoint: Checkpoint<'a>,
}

/// A listing, and the keys of folders that it passes over.
struct Walk<'a> {
    listing: Listing<'a>,
    keys: FolderKeys,
    /// How many names of each path the part names itself.
    named: usize,
}

impl Walk<'_> {
    /// Whether a folder is to be looked into.
    fn takes(&mut self, folder: &[u8]) -> bool {
        let Some(wanted) = self.listing.wanted else {
            return true;
        };
        let folders = Folder::all(folder, self.named);
        let takes = wanted(&folders);
        if !takes {
            // A key has one type, whichever of its folders are wanted.
            for folder in &folders {
                self.keys.add(folder);
            }
        }
        takes
    }
}

/// Lists what the parts of a source consist of. Where all of it is in folders that are not wanted, the
/// first file stays, for its columns.
pub fn list(source: &[Part], listing: Listing<'_>) -> Result<Origins> {
    if source.is_empty() {
        let what = "expected at least one path, found an empty list";
        return Err(Error::Argument(format!("{}: {what}", listing.option)));
    }
    let mut walk = Walk {
        listing,
        keys: FolderKeys::default(),
        named: 0,
    };
    let mut all = Vec::with_capacity(source.len());
    let mut spare = None;
    for part in source {
        let path = match part {
            Part::Path(path) => path.as_os_str().as_encoded_bytes(),
            Part::Frame(frame) => {
                all.push(Origin::Frame(Arc::clone(frame)));
                continue;
            }
            Part::Outline(outline) => {
                all.push(Origin::Outline(outline.clone()));
                continue;
            }
        };
        let found = list_one(path, &mut walk)?;
        if found.is_empty() {
            walk.listing.wanted = None;
            let first = list_one(path, &mut walk)?.into_iter().next();
            spare = spare.or(first);
            walk.listing.wanted = listing.wanted;
        }
        all.extend(found);
    }
    if all.is_empty() {
        all.extend(spare);
    }
    Ok(Origins::new(all, walk.keys))
}

/// Lists the files of one path, which names the first part of theirs.
fn list_one(source: &[u8], walk: &mut Walk<'_>) -> Result<Vec<Origin>> {
    let found = files_of(source, walk)?;
    let files = found.iter().map(|file| {
        Origin::File(FileOrigin {
            path: sys::path(file).to_path_buf(),
            named: walk.named,
        })
    });
    Ok(files.collect())
}

fn files_of(source: &[u8], walk: &mut Walk<'_>) -> Result<Vec<Vec<u8>>> {
    let option = walk.listing.option;
    let refused = |what: &str| Err(Error::Argument(format!("{option}: expected {what}")));
    if source.is_empty() {
        return refused("a path, found an empty text");
    }
    if source.contains(&0) {
        return refused("a path, found a text with a null byte");
    }
    let path = plain(source);
    let found = match sys::path(&path).metadata() {
        Ok(metadata) if metadata.is_dir() => {
            walk.named = parts(source).names.len();
            files_below(source, walk)?
        }
        Ok(_) => {
            walk.named = usize::MAX;
            vec![source.to_vec()]
        }
        Err(_) if is_address(source) => {
            return refused(&format!(
                "a local file, found the address '{}'; download it first, onecopy reads local \
                 files only",
                sys::path(source).display()
            ));
        }
        Err(_) if has_wildcard(source) => matches(source, walk)?,
        Err(error) => return Err(Error::io(sys::path(&path), error)),
    };
    if found.is_empty() && walk.listing.wanted.is_none() {
        let what = format!("no Parquet file (.parquet, .parq, .pq) in or below the {option}");
        let error = io::Error::new(io::ErrorKind::NotFound, what);
        return Err(Error::io(sys::path(source), error));
    }
    Ok(found)
}

/// Whether a text begins with a scheme. That has two letters at least, so that a drive is none; one
/// slash suffices, because Python's `Path` merges two.
fn is_address(text: &[u8]) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"+.-".contains(byte);
    let length = text.iter().take_while(|byte| is_inner(byte)).count();
    let begins = text.first().is_some_and(u8::is_ascii_alphabetic);
    begins && length >= 2 && text[length..].starts_with(b":/")
}

/// The files that match a pattern, and those below the folders that do.
fn matches(pattern: &[u8], walk: &mut Walk<'_>) -> Result<Vec<Vec<u8>>> {
    let pattern = Pattern::new(pattern);
    walk.named = parts(pattern.folder).names.len();
    let checkpoint = walk.listing.checkpoint;
    let mut files = HashSet::new();
    for hit in glob(&pattern, &mut |folder| walk.takes(folder), checkpoint)? {
        if is_folder(&hit)? {
            files.extend(files_below(&hit, walk)?);
        } else {
            files.insert(hit);
        }
    }
    let mut files: Vec<Vec<u8>> = files.into_iter().collect();
    sort(&mut files);
    // `**` follows links, which may lead back up: each place counts once, the first in order.
    let mut places = HashSet::new();
    files.retain(|file| places.insert(place(file)));
    Ok(files)
}

/// Whether a path that matches is a folder. One that cannot be followed is none.
fn is_folder(path: &[u8]) -> Result<bool> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match sys::path(path).metadata() {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) if error.raw_os_error() == Some(codes::LINK_LOOP) => Ok(false),
        Err(error) => Err(Error::io(sys::path(path), error)),
    }
}

/// The Parquet files below a folder.
fn files_below(top: &[u8], walk: &mut Walk<'_>) -> Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    let mut left = vec![top.to_vec()];
    while let Some(folder) = left.pop() {
        walk.listing.checkpoint.check()?;
        if !walk.takes(&folder) {
            continue;
        }
        // A link may lead back up: each folder counts once, the first in order.
        if !seen.insert(real(sys::path(&folder))) {
            continue;
        }
        let mut folders = Vec::new();
        let fail = |error| Error::io(sys::path(&folder), error);
        for entry in Entry::all(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if entry.name.starts_with(b".") || entry.name.starts_with(b"_") {
                continue;
            }
            if entry.is_folder {
                folders.push(join(&folder, &entry.name));
            } else if is_parquet(&entry.name) {
                files.push(plain(&join(&folder, &entry.name)));
            }
        }
        sort(&mut folders);
        left.extend(folders.into_iter().rev());
    }
    sort(&mut files);
    Ok(files)
}

fn is_parquet(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn sort(paths: &mut [Vec<u8>]) {
    paths.sort_by_cached_key(|path| Key::new(path));
}

/// A path without what does not matter in it: `./a//b/` is `a/b`.
fn plain(path: &[u8]) -> Vec<u8> {
    let parts = parts(path);
    let plain = [parts.root, &parts.names.join(&b'/')].concat();
    if plain.is_empty() {
        b".".to_vec()
    } else {
        plain
    }
}

/// Where a file is when all links on the way to it are followed, but not itself.
fn place(file: &[u8]) -> PathBuf {
    let file = plain(file);
    let path = sys::path(&file);
    let folder = path.parent().map(real).unwrap_or_default();
    folder.join(path.file_name().unwrap_or_default())
}

/// A folder when all links are followed.
fn real(folder: &Path) -> PathBuf {
    let folder = Path::new(".").join(folder);
    folder.canonicalize().unwrap_or(folder)
}
