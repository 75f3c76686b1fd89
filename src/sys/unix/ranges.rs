//! Ranges of a file, mapped behind one another as one piece of memory that is read-only: the rows of a
//! matrix without those of a fold, and no byte is copied. Pages decide where that can be done: ranges
//! must meet where pages begin. As with any mapping, a file that is shortened later is a signal; a file
//! that is replaced keeps its bytes here.
//!
//! One of the few files with `unsafe`: it owns mappings, and gives away their address only.
#![expect(
    unsafe_code,
    reason = "memory mapped at fixed addresses; each block says why it is sound"
)]

use std::ffi::c_void;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

use rustix::mm::{MapFlags, ProtFlags};

use crate::sys::unix::files::page_bytes;

/// Ranges of a file behind one another. They are unmapped when this is dropped.
#[derive(Debug)]
pub struct FileRanges {
    /// The reservation that all ranges are mapped into.
    base: usize,
    reserved: usize,
    /// Where in it the first byte of the first range is.
    offset: usize,
    bytes: usize,
}

impl FileRanges {
    /// Maps ranges of bytes of a file. Each must begin and end where a page does, but for the beginning
    /// of the first one and the end of the last one; and none may be empty or beyond the end of the file.
    pub fn map(file: &File, ranges: &[Range<u64>]) -> Result<Self> {
        let page = page_bytes() as u64;
        let length = file.metadata()?.len();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
            return Err(refused("no range of bytes"));
        };
        let lead = first.start % page;
        let mut bytes = 0_u64;
        for range in ranges {
            let is_inside = range.start < range.end && range.end <= length;
            let begins = std::ptr::eq(range, first) || range.start.is_multiple_of(page);
            let ends = std::ptr::eq(range, last) || range.end.is_multiple_of(page);
            if !(is_inside && begins && ends) {
                return Err(refused(
                    "a range of bytes that pages do not divide, or outside the file",
                ));
            }
            bytes = bytes.saturating_add(range.end - range.start);
        }
        let reserved = bytes.saturating_add(lead).checked_next_multiple_of(page);
        let reserved = reserved.and_then(|bytes| usize::try_from(bytes).ok());
        let mapping = Self::reserve(
            reserved.ok_or_else(|| refused("more bytes than addresses"))?,
            lead,
            bytes,
        )?;
        let mut at = mapping.base;
        for range in ranges {
            let start = range.start - range.start % page;
            // All fit into the reservation, which is a number of addresses.
            let length = usize::try_from(range.end - start).map_err(Error::other)?;
            mapping.fill(at, length, file, start)?;
            at += length;
        }
        Ok(mapping)
    }

    /// Addresses that nothing else is given, and that cannot be read yet.
    fn reserve(reserved: usize, offset: u64, bytes: u64) -> Result<Self> {
        let anywhere = std::ptr::null_mut();
        // SAFETY: the system chooses addresses that are free, so no memory of ours is replaced.
        let base = unsafe {
            rustix::mm::mmap_anonymous(anywhere, reserved, ProtFlags::empty(), MapFlags::PRIVATE)
        }?;
        Ok(Self {
            base: base.expose_provenance(),
            reserved,
            // Both are less than what is reserved.
            offset: usize::try_from(offset).map_err(Error::other)?,
            bytes: usize::try_from(bytes).map_err(Error::other)?,
        })
    }

    /// Maps bytes of a file to addresses of the reservation.
    fn fill(&self, address: usize, length: usize, file: &File, start: u64) -> Result<()> {
        let end = address.checked_add(length);
        if address < self.base || end.is_none_or(|end| end > self.base + self.reserved) {
            return Err(refused("addresses outside the reservation"));
        }
        let place = std::ptr::with_exposed_provenance_mut::<c_void>(address);
        let flags = MapFlags::SHARED | MapFlags::FIXED;
        // SAFETY: what is replaced lies in the reservation of this object (just checked), of which no
        // address has been given away yet.
        let mapped =
            unsafe { rustix::mm::mmap(place, length, ProtFlags::READ, flags, file, start) }?;
        debug_assert_eq!(mapped, place);
        Ok(())
    }

    /// Address of the first byte.
    pub const fn address(&self) -> usize {
        self.base + self.offset
    }

    /// Bytes of all ranges.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for FileRanges {
    fn drop(&mut self) {
        let base = std::ptr::with_exposed_provenance_mut::<c_void>(self.base);
        // SAFETY: the reservation is this object's own, and those who have an address of it hold the
        // object as well.
        let unmapped = unsafe { rustix::mm::munmap(base, self.reserved) };
        // Nothing can be done about a refusal, which costs addresses.
        let _ = unmapped;
    }
}

fn refused(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("expected ranges of whole pages of a file, found {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::create;

    /// A file of so many bytes.
    fn numbered(bytes: usize) -> File {
        let folder = tempfile::tempdir().unwrap();
        let file = create(&folder.path().join("bytes")).unwrap();
        let content: Vec<u8> = (0..=250).cycle().take(bytes).collect();
        crate::sys::write_all_at(&file, &content, 0).unwrap();
        file
    }

    fn map(file: &File, ranges: &[(u64, u64)]) -> Result<FileRanges> {
        let ranges: Vec<Range<u64>> = ranges.iter().map(|&(start, end)| start..end).collect();
        FileRanges::map(file, &ranges)
    }

    fn content(ranges: &FileRanges) -> Vec<u8> {
        let start = std::ptr::with_exposed_provenance::<u8>(ranges.address());
        // SAFETY: so many bytes are mapped there, while `ranges` lives.
        unsafe { std::slice::from_raw_parts(start, ranges.bytes()) }.to_vec()
    }

    #[test]
    fn ranges_lie_behind_one_another() {
        let page = page_bytes() as u64;
        let file = numbered(9 * page_bytes() + 100);
        let whole = content(&map(&file, &[(0, 9 * page + 100)]).unwrap());
        let cases: [&[(u64, u64)]; 4] = [
            &[(page, 3 * page), (5 * page, 9 * page + 100)],
            &[
                (page + 12, 2 * page),
                (4 * page, 5 * page),
                (7 * page, 7 * page + 1),
            ],
            &[(17, 18)],
            &[(3 * page, 4 * page), (page, 2 * page)],
        ];
        for ranges in cases {
            let place = |at: u64| usize::try_from(at).unwrap();
            let pieces = ranges
                .iter()
                .map(|range| &whole[place(range.0)..place(range.1)]);
            let expected = pieces.collect::<Vec<_>>().concat();
            assert_eq!(content(&map(&file, ranges).unwrap()), expected);
        }
    }

    #[test]
    fn ranges_that_pages_do_not_divide_are_refused() {
        let page = page_bytes() as u64;
        let file = numbered(5 * page_bytes());
        let wrong: [&[(u64, u64)]; 7] = [
            &[],
            &[(0, 0)],
            &[(0, 5 * page + 1)],
            &[(0, page - 1), (2 * page, 3 * page)],
            &[(0, page), (2 * page + 1, 3 * page)],
            &[(page, u64::MAX)],
            &[(2 * page, page)],
        ];
        for ranges in wrong {
            let error = map(&file, ranges).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
}
