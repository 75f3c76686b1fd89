//! Wishes about pages of our own, and mappings that change their length.
#![expect(
    unsafe_code,
    reason = "mappings that move; the function says what it asks of callers"
)]

use memmap2::{Advice, MmapRaw, RemapOptions};

/// Asks for 2 MiB pages.
pub(in crate::sys) fn ask_for_huge_pages(pages: &MmapRaw) {
    // Only a wish: without it the pages are small and the result is the same.
    let _ = pages.advise(Advice::HugePage);
}

/// Has the pages of some bytes found before they are written.
pub(in crate::sys) fn prefault(pages: &MmapRaw, start: usize, bytes: usize) {
    // Only a wish: systems before Linux 5.14 refuse it.
    let _ = pages.advise_range(Advice::PopulateWrite, start, bytes);
}

/// Gives a mapping another length, at other addresses if need be.
///
/// # Safety
///
/// No address of the mapping from before may be in use, and a file must be as long as the mapping.
pub(in crate::sys) unsafe fn remap(pages: &mut MmapRaw, length: usize) -> std::io::Result<()> {
    // SAFETY: as the caller promises.
    unsafe { pages.remap(length, RemapOptions::new().may_move(true)) }
}
