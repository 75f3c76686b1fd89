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
use crate::dataset::wildcard::{Wildcard, has_wildcard};
use crate::error::{Checkpoint, Error, Result};
use crate::io::Location;
use crate::io::remote::Object;
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
    /// Objects, which were listed elsewhere.
    Objects(Arc<ListedObjects>),
    /// Files that a table names, in the order of their rows.
    Lake(Arc<[FileOrigin]>),
}

/// The objects that an address stands for.
#[derive(Debug)]
pub struct ListedObjects {
    /// The objects, in the order of their rows.
    pub all: Vec<Arc<Object>>,
    /// What the address names itself, without wildcards.
    pub named: PathBuf,
    /// Folders that were not looked into.
    pub passed: Vec<PathBuf>,
    /// Whether all are in folders that are not wanted, and the first is there for its columns.
    pub is_spare: bool,
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

    /// Takes over objects, and the keys of folders that were passed over.
    fn objects(&mut self, listed: &ListedObjects) -> Vec<Origin> {
        let named = parts(listed.named.as_os_str().as_encoded_bytes());
        let named = named.names.len();
        for folder in &listed.passed {
            for key in Folder::all(folder.as_os_str().as_encoded_bytes(), named) {
                self.keys.add(&key);
            }
        }
        let objects = listed.all.iter().map(|object| {
            Origin::File(FileOrigin {
                location: Location::Remote(Arc::clone(object)),
                named,
                lake: None,
            })
        });
        objects.collect()
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
            Part::Path(path) => sys::slashed(path.as_os_str().as_encoded_bytes()),
            Part::Frame(frame) => {
                all.push(Origin::Frame(Arc::clone(frame)));
                continue;
            }
            Part::Outline(outline) => {
                all.push(Origin::Outline(outline.clone()));
                continue;
            }
            Part::Lake(files) => {
                all.extend(files.iter().cloned().map(Origin::File));
                continue;
            }
            Part::Objects(listed) => {
                let found = walk.objects(listed);
                if listed.is_spare {
                    spare = spare.or_else(|| found.into_iter().next());
                } else {
                    all.extend(found);
                }
                continue;
            }
        };
        let found = list_one(&path, &mut walk)?;
        if found.is_empty() {
            walk.listing.wanted = None;
            let first = list_one(&path, &mut walk)?.into_iter().next();
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
            location: Location::File(sys::path(file).to_path_buf()),
            named: walk.named,
            lake: None,
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
                "a local file, found the address '{}', which the package `onecopy` lists in Python",
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

/// Whether an address stands for an object with this key: a pattern that it, or a folder that it is
/// below, matches, or else a folder. Below folders, only Parquet files count that are not hidden.
pub fn matches_address(key: &[u8], pattern: &[u8]) -> bool {
    let names = |text| parts(text).names;
    let (key, pattern) = (names(key), names(pattern));
    if !has_wildcard(&pattern.join(&b'/')) {
        return key.starts_with(&pattern) && are_below(&key[pattern.len()..]);
    }
    let reached = reached(&key, &pattern);
    let folders = &reached[..key.len()];
    let is_inside = |(at, is_reached): (usize, &bool)| *is_reached && are_below(&key[at..]);
    reached[key.len()] || folders.iter().enumerate().any(is_inside)
}

/// Whether names are those of a Parquet file below a folder.
fn are_below(names: &[&[u8]]) -> bool {
    let is_hidden = |name: &&[u8]| name.starts_with(b".") || name.starts_with(b"_");
    names.last().is_some_and(|name| is_parquet(name)) && !names.iter().any(is_hidden)
}

/// For each number of names, whether the first ones match a pattern, in which `**` is any number of
/// names.
fn reached(names: &[&[u8]], pattern: &[&[u8]]) -> Vec<bool> {
    let mut reached = vec![false; names.len() + 1];
    reached[0] = true;
    for part in pattern {
        let wildcard = Wildcard::new(part);
        let fits = |name: &[u8]| {
            let is_seen = !name.starts_with(b".") || part.starts_with(b".");
            is_seen && (*part == b"**" || wildcard.matches(name))
        };
        let mut next = vec![false; names.len() + 1];
        for (at, name) in names.iter().enumerate() {
            next[at] |= *part == b"**" && reached[at];
            let from = reached[at] || *part == b"**" && next[at];
            next[at + 1] = from && fits(name);
        }
        next[names.len()] |= *part == b"**" && reached[names.len()];
        reached = next;
    }
    reached
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
