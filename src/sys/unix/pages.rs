//! Pages that are given back to the system.
#![expect(
    unsafe_code,
    reason = "advice that drops pages; the block says why it is sound"
)]

use memmap2::{MmapRaw, UncheckedAdvice};

/// Gives back some pages of a mapped file: they stay in the page cache or in the file.
pub(in crate::sys) fn give_back(pages: &MmapRaw, start: usize, bytes: usize) {
    // SAFETY: only mappings of files get here, and these are shared, so dropping their pages loses
    // nothing: a thread that touches one again, even at this moment, finds the same bytes.
    let advised = unsafe { pages.unchecked_advise_range(UncheckedAdvice::DontNeed, start, bytes) };
    // Only a wish: a refusal costs memory that the system can take back by itself.
    let _ = advised;
}
