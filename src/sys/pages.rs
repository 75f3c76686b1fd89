//! Memory for one output: pages of our own or pages of a file, handed out as an array view. A file
//! must have its space reserved, or a full disk would be a signal.
//!
//! One of the few files with `unsafe`: it owns mappings and makes views of them.
#![expect(
    unsafe_code,
    reason = "views of mapped memory; each block says why it is sound"
)]

use std::ops::Range;
use std::sync::Arc;

use memmap2::{MmapMut, MmapOptions, MmapRaw};
use ndarray::{ArrayViewMut2, ShapeBuilder};

use crate::kernel::Element;
use crate::sys::system;
use crate::types::Order;

/// Bytes of a huge page, and as many as make it worth asking for them.
const HUGE: usize = 2 << 20;
const LARGE: usize = 2 * HUGE;

/// Memory for one output.
#[derive(Debug)]
pub struct Mapping {
    pages: Arc<MmapRaw>,
    /// Where the data begins, and how long it is.
    offset: usize,
    bytes: usize,
    is_file: bool,
    is_held: bool,
}

impl Mapping {
    /// Fresh memory of `bytes` bytes, all zero, in 2 MiB pages where the system has them. Refused where
    /// less is free, as far as that is known: the system would give the addresses all the same, and kill
    /// the process later.
    pub fn anonymous(bytes: usize, free: Option<usize>) -> std::io::Result<Self> {
        if let Some(free) = free.filter(|free| bytes > *free) {
            let kind = std::io::ErrorKind::OutOfMemory;
            return Err(std::io::Error::new(kind, format!("{free} are free")));
        }
        // A mapping of whole huge pages is aligned to one; any other would end in small pages.
        let step = if bytes >= LARGE { HUGE } else { 1 };
        let length = bytes.max(1).next_multiple_of(step);
        let pages = MmapRaw::from(MmapOptions::new().len(length).map_anon()?);
        if bytes >= LARGE {
            system::ask_for_huge_pages(&pages);
        }
        Ok(Self {
            pages: Arc::new(pages),
            offset: 0,
            bytes,
            is_file: false,
            is_held: false,
        })
    }

    /// The first `bytes` bytes of a file whose space is reserved; the data begins at `offset`.
    pub fn file(file: &std::fs::File, bytes: usize, offset: usize) -> std::io::Result<Self> {
        // SAFETY: the file is a draft of our own, without a name or under a random one, and its
        // space is reserved, so no other process shrinks it while it is mapped.
        let pages: MmapMut = unsafe { MmapOptions::new().len(bytes).map_mut(file)? };
        Ok(Self {
            pages: Arc::new(MmapRaw::from(pages)),
            offset,
            bytes: bytes.saturating_sub(offset),
            is_file: true,
            is_held: false,
        })
    }

    /// Keeps finished pages of a file until all is done: to fault each in again for the fills takes as
    /// long as to write it.
    pub const fn hold(&mut self) {
        self.hold_if(true);
    }

    /// The same only if it is so.
    pub const fn hold_if(&mut self, is_held: bool) {
        self.is_held = is_held;
    }

    /// Address of the data.
    pub fn address(&self) -> usize {
        self.pages.as_ptr() as usize + self.offset
    }

    /// The data as an array. `None` where it is smaller than the shape or not aligned to `T`.
    pub fn view<T: Element>(
        &mut self,
        shape: (usize, usize),
        order: Order,
    ) -> Option<ArrayViewMut2<'_, T>> {
        self.view_from(0, shape, order)
    }

    /// The same, of the data from byte `start` on.
    fn view_from<T: Element>(
        &mut self,
        start: usize,
        shape: (usize, usize),
        order: Order,
    ) -> Option<ArrayViewMut2<'_, T>> {
        let bytes = shape.0.checked_mul(shape.1)?.checked_mul(size_of::<T>())?;
        let address = self.address().checked_add(start)?;
        let end = start.checked_add(bytes)?;
        if end > self.bytes || !address.is_multiple_of(align_of::<T>()) {
            return None;
        }
        // SAFETY: `offset + start` lies within the mapping (just checked), so the sum stays in it.
        let data = unsafe { self.pages.as_mut_ptr().add(self.offset + start) };
        let shape = shape.set_f(order == Order::F);
        // SAFETY: the mapping is long enough and aligned (checked above) and lives as long as the
        // view, which borrows it; fresh pages are zeros, and zeros are a value of every `Element`.
        Some(unsafe { ArrayViewMut2::from_shape_ptr(shape, data.cast::<T>()) })
    }

    /// Gives the data another length where they are, or elsewhere: those that stay are not copied, and
    /// new ones are zero. The space of a file has to be there. Refused where the system cannot, and while
    /// there is a handle.
    pub fn resize(&mut self, bytes: usize) -> std::io::Result<()> {
        let length = (self.offset + bytes).max(1);
        let busy = || std::io::Error::from(std::io::ErrorKind::ResourceBusy);
        let pages = Arc::get_mut(&mut self.pages).ok_or_else(busy)?;
        // SAFETY: no view and no handle of the old addresses is left, for both would borrow or share what
        // is borrowed here alone; and the space of a file is reserved, as the caller promises.
        unsafe { system::remap(pages, length)? };
        if !self.is_file && bytes >= LARGE {
            system::ask_for_huge_pages(pages);
        }
        self.bytes = bytes;
        Ok(())
    }

    /// The data from byte `start` on.
    pub const fn piece(&mut self, start: usize) -> Piece<'_> {
        Piece {
            mapping: self,
            start,
        }
    }

    /// A handle that prefaults pages.
    pub fn handle(&self) -> PageHandle {
        PageHandle {
            pages: Arc::clone(&self.pages),
            offset: self.offset,
        }
    }

    /// Bytes of the data.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// A handle that gives back finished pages of a file.
    pub fn release(&self) -> PageRelease {
        PageRelease {
            pages: (self.is_file && !self.is_held).then(|| self.handle()),
        }
    }

    /// Writes `bytes` of the data back to their file, as far as they have changed.
    pub fn flush(&self, bytes: Range<usize>) -> std::io::Result<()> {
        let (start, length) = within(&self.pages, self.offset, &bytes);
        if !self.is_file {
            return Ok(());
        }
        loop {
            match self.pages.flush_range(start, length) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

/// Some of the memory of an output: from a byte to the end.
#[derive(Debug)]
pub struct Piece<'a> {
    mapping: &'a mut Mapping,
    start: usize,
}

impl<'a> Piece<'a> {
    /// Its data as an array. `None` where they are fewer than the shape has or not aligned to `T`.
    pub fn view<T: Element>(
        self,
        shape: (usize, usize),
        order: Order,
    ) -> Option<ArrayViewMut2<'a, T>> {
        self.mapping.view_from(self.start, shape, order)
    }

    /// A handle that gives back finished pages of a file.
    pub fn release(&self) -> PageRelease {
        self.mapping.release().after(self.start)
    }
}

/// Where `bytes` of the data begin in the mapping, and how many of them are in it.
fn within(pages: &MmapRaw, offset: usize, bytes: &Range<usize>) -> (usize, usize) {
    let start = (offset + bytes.start).min(pages.len());
    (start, bytes.len().min(pages.len() - start))
}

/// Prefaults pages of a mapping.
#[derive(Debug, Clone)]
pub struct PageHandle {
    pages: Arc<MmapRaw>,
    offset: usize,
}

impl PageHandle {
    /// Prefaults the pages of `bytes` of the data, rather than one by one when they are first
    /// written. Two threads that write to one fresh huge page would both clear it, and pages of a
    /// file that are faulted in any order are scattered in the page cache.
    pub fn prefault(&self, bytes: &Range<usize>) {
        let (start, length) = within(&self.pages, self.offset, bytes);
        system::prefault(&self.pages, start, length);
    }
}

/// Gives pages of a mapped file back to the system: they stay in the page cache or in the file, but
/// no longer count as memory of this process. Without pages it does nothing.
#[derive(Debug, Clone, Default)]
pub struct PageRelease {
    pages: Option<PageHandle>,
}

impl PageRelease {
    /// Whether pages are given back at all.
    pub const fn is_some(&self) -> bool {
        self.pages.is_some()
    }

    /// The same handle for the data from byte `bytes` on.
    #[must_use]
    pub fn after(&self, bytes: usize) -> Self {
        let pages = self.pages.clone().map(|pages| PageHandle {
            offset: pages.offset + bytes,
            ..pages
        });
        Self { pages }
    }

    /// Prefaults pages that were given back, or were never there.
    pub const fn handle(&self) -> Option<&PageHandle> {
        self.pages.as_ref()
    }

    /// Gives back `bytes` of the data.
    pub fn give_back(&self, bytes: Range<usize>) {
        let Some(PageHandle { pages, offset }) = &self.pages else {
            return;
        };
        let (start, length) = within(pages, *offset, &bytes);
        system::give_back(pages, start, length);
    }
}
