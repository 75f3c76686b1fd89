//! Wishes about pages that macOS has no call for, and mappings, whose length it cannot change.
#![expect(
    unsafe_code,
    reason = "other systems move mappings here; the function asks the same of its callers"
)]

use std::io;

use memmap2::MmapRaw;

/// Asks for large pages, which only programs that name them at the mapping can have.
pub(in crate::sys) const fn ask_for_huge_pages(_pages: &MmapRaw) {}

/// Has pages found before they are written: they are found as they are written.
pub(in crate::sys) const fn prefault(_pages: &MmapRaw, _start: usize, _bytes: usize) {}

/// Refuses to give a mapping another length; the caller maps anew.
///
/// # Safety
///
/// None is needed for a refusal.
pub(in crate::sys) unsafe fn remap(_pages: &mut MmapRaw, _length: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
