//! Pages of mapped files that are given back, and what cannot be asked of pages here.
#![expect(
    unsafe_code,
    reason = "advice about pages by their address; each function says what it asks or why it is sound"
)]

use std::io;

use memmap2::MmapRaw;
use windows_sys::Win32::System::Memory::VirtualUnlock;

/// Asks for large pages, which only programs with a right of their own can have.
pub(in crate::sys) const fn ask_for_huge_pages(_pages: &MmapRaw) {}

/// Has pages found before they are written: they are found as they are written.
pub(in crate::sys) const fn prefault(_pages: &MmapRaw, _start: usize, _bytes: usize) {}

/// Gives back some pages of a mapped file: they stay in memory that the system can take, or in the file.
pub(in crate::sys) fn give_back(pages: &MmapRaw, start: usize, bytes: usize) {
    if start >= pages.len() || bytes == 0 {
        return;
    }
    let bytes = bytes.min(pages.len() - start);
    // SAFETY: these addresses are mapped while `pages` is borrowed (just compared). To unlock pages that
    // are not locked takes them out of the working set, and changes none of them.
    let unlocked = unsafe { VirtualUnlock(pages.as_mut_ptr().add(start).cast(), bytes) };
    // It answers that they were not locked, which is so.
    let _ = unlocked;
}

/// Refuses to give a mapping another length; the caller maps anew.
///
/// # Safety
///
/// None is needed for a refusal.
pub(in crate::sys) unsafe fn remap(_pages: &mut MmapRaw, _length: usize) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
