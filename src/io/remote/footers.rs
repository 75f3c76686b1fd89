//! The ends of objects, where their footers are. They come with what tells that an object is there, and
//! are walked more than once; those that there is no room for are fetched again.

use std::sync::Arc;

/// Bytes of footers that are kept while a plan is made.
const MOST: usize = 64 << 20;
/// Length and magic at the end of a file.
const TAIL: usize = 8;

/// The ends of objects, by their numbers.
#[derive(Debug, Default)]
pub struct Footers {
    ends: Vec<Arc<[u8]>>,
    bytes: usize,
}

impl Footers {
    /// Takes the end of the next object, and returns how much of it is worth keeping: its footer and
    /// what says how long that is, or only the latter, where the end has not all of it or there is no
    /// room.
    pub fn add(&mut self, mut end: Vec<u8>) -> usize {
        let tail = end.len().saturating_sub(TAIL);
        let length = end.get(tail..tail + 4).and_then(|at| at.try_into().ok());
        let length = length.map_or(usize::MAX, |at| u32::from_le_bytes(at) as usize);
        let start = tail.checked_sub(length).filter(|_| self.bytes < MOST);
        let end: Arc<[u8]> = end.split_off(start.unwrap_or(tail)).into();
        self.bytes += end.len();
        self.ends.push(Arc::clone(&end));
        end.len()
    }

    /// What is kept of the end of an object.
    pub fn end(&self, object: usize) -> Arc<[u8]> {
        self.ends.get(object).cloned().unwrap_or_default()
    }

    /// Forgets all ends but the first ones, as many as `most` bytes have room for, and returns what is
    /// kept.
    pub fn keep(&mut self, most: usize) -> usize {
        let mut bytes = 0;
        for end in &mut self.ends {
            if bytes + end.len() <= most {
                bytes += end.len();
            } else {
                *end = Arc::default();
            }
        }
        self.bytes = bytes;
        bytes
    }
}
