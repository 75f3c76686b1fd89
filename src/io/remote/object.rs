//! An object, and an opened one as an input. Whether it is still what it was is known with every answer.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice::from_ref;
use std::sync::Arc;

use crate::error::{Fault, Place, Result};
use crate::io::input::{Announced, Input};
use crate::io::remote::session::{ObjectSpot, Session};
use crate::sys::Identity;

/// An object that was there when the source was listed.
#[derive(Debug)]
pub struct Object {
    path: PathBuf,
    number: usize,
    session: Arc<Session>,
    size: u64,
    /// How many bytes its footer has, with what says so.
    footer: usize,
    is_pinned: bool,
}

/// What came with the first look at an object.
#[derive(Debug)]
pub struct SeenObject {
    /// Its size.
    pub size: u64,
    /// Its last bytes.
    pub end: Vec<u8>,
    /// Whether anything but its size tells its content from another.
    pub is_pinned: bool,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && Arc::ptr_eq(&self.session, &other.session)
    }
}

impl Eq for Object {}

impl Object {
    /// An object of a session by its address.
    pub fn new(path: PathBuf, seen: SeenObject, session: &Arc<Session>) -> Arc<Self> {
        let added = session.add(&path, seen.end);
        Arc::new(Self {
            path,
            number: added.number,
            session: Arc::clone(session),
            size: seen.size,
            footer: added.footer,
            is_pinned: seen.is_pinned,
        })
    }

    /// Its address.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything but its size tells its content from another.
    pub const fn is_pinned(&self) -> bool {
        self.is_pinned
    }

    /// The session.
    pub const fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Announces that its footer will be needed, where it was forgotten.
    pub fn announce_footer(&self) -> Option<Box<dyn Announced>> {
        let is_kept = self.session.end(self.number).len() >= self.footer;
        let start = self.size.saturating_sub(self.footer as u64);
        let footer = start..self.size;
        (!is_kept).then(|| self.announced(from_ref(&footer)))
    }

    /// Opens it as an input.
    pub fn input(self: &Arc<Self>) -> OpenObject {
        OpenObject {
            object: Arc::clone(self),
            identity: Identity::of_memory(self.size),
            end: self.session.end(self.number),
        }
    }

    fn announced(&self, ranges: &[Range<u64>]) -> Box<dyn Announced> {
        // Positions of indexes are claims that are not checked yet.
        let ranges = ranges.iter().filter(|range| range.end <= self.size);
        let ranges: Vec<Range<u64>> = ranges.cloned().collect();
        Box::new(self.session.announce(self.number, &ranges))
    }
}

/// An opened object.
#[derive(Debug)]
pub struct OpenObject {
    object: Arc<Object>,
    identity: Identity,
    end: Arc<[u8]>,
}

impl Input for OpenObject {
    fn name(&self) -> &Path {
        &self.object.path
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()> {
        let size = self.object.size;
        let end = position.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > size) {
            let what = "bytes beyond its end are asked for";
            return Err(Fault::corrupt(what).at(Place::file(&self.object.path)));
        }
        let held = size.saturating_sub(self.end.len() as u64);
        let start = position.checked_sub(held);
        let start = start.and_then(|start| usize::try_from(start).ok());
        let kept = start.and_then(|start| self.end.get(start..start + buffer.len()));
        if let Some(kept) = kept {
            buffer.copy_from_slice(kept);
            return Ok(());
        }
        let at = ObjectSpot {
            object: self.object.number,
            size,
            position,
        };
        self.object.session.read(at, buffer)
    }

    /// Each answer was held against what it was.
    fn verify(&self) -> Result<()> {
        Ok(())
    }

    fn ahead(&self) -> u64 {
        self.object.session.ahead()
    }

    fn announce(&self, ranges: &[Range<u64>]) -> Option<Box<dyn Announced>> {
        Some(self.object.announced(ranges))
    }
}
