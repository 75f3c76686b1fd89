//! Memory, as the kernel counts it: pages that are free or were not used lately, and what this process
//! answers for.
#![expect(
    unsafe_code,
    reason = "calls that fill a structure; each block says why it is sound"
)]

use std::mem::{MaybeUninit, size_of};

use crate::sys::unix::page_bytes;
use crate::sys::usage::Usage;

// `libc` has it, but marks it as moved to another crate.
unsafe extern "C" {
    safe fn mach_host_self() -> libc::mach_port_t;
}

/// Bytes of memory that this process can still have; `None` where that is unknown. Swap is made on
/// demand here, so what is free of it is what was made.
pub fn free_memory() -> Option<usize> {
    let pages = free_pages()?.checked_mul(page_bytes())?;
    Some(pages.saturating_add(free_swap().unwrap_or(0)))
}

fn free_pages() -> Option<usize> {
    let mut filled = libc::HOST_VM_INFO64_COUNT;
    let mut counts = MaybeUninit::<libc::vm_statistics64>::zeroed();
    // SAFETY: the call writes no more than `filled` words, which is the size of the structure.
    let answer = unsafe {
        libc::host_statistics64(
            mach_host_self(),
            libc::HOST_VM_INFO64,
            counts.as_mut_ptr().cast(),
            &raw mut filled,
        )
    };
    if answer != libc::KERN_SUCCESS {
        return None;
    }
    // SAFETY: the structure consists of integers, so zeros are a value of it as well.
    let counts = unsafe { counts.assume_init() };
    let pages = u64::from(counts.free_count) + u64::from(counts.inactive_count);
    usize::try_from(pages).ok()
}

fn free_swap() -> Option<usize> {
    let mut length = size_of::<libc::xsw_usage>();
    let mut swap = MaybeUninit::<libc::xsw_usage>::zeroed();
    // SAFETY: the name ends with a null, and the call writes no more than `length` bytes.
    let answer = unsafe {
        libc::sysctlbyname(
            c"vm.swapusage".as_ptr(),
            swap.as_mut_ptr().cast(),
            &raw mut length,
            std::ptr::null_mut(),
            0,
        )
    };
    if answer != 0 {
        return None;
    }
    // SAFETY: the structure consists of integers, so zeros are a value of it as well.
    usize::try_from(unsafe { swap.assume_init() }.xsu_avail).ok()
}

/// The memory of now; `None` where it is unknown. What the process answers for is its own, and what is
/// in memory beyond that are pages of files.
pub(in crate::sys) fn usage_now() -> Option<Usage> {
    let process = libc::c_int::try_from(std::process::id()).ok()?;
    let mut usage = MaybeUninit::<libc::rusage_info_v2>::zeroed();
    // SAFETY: the call fills the structure whose version it is given.
    let answer =
        unsafe { libc::proc_pid_rusage(process, libc::RUSAGE_INFO_V2, usage.as_mut_ptr().cast()) };
    if answer != 0 {
        return None;
    }
    // SAFETY: the structure consists of integers, so zeros are a value of it as well.
    let usage = unsafe { usage.assume_init() };
    Some(Usage {
        anonymous: usage.ri_phys_footprint,
        file: usage
            .ri_resident_size
            .saturating_sub(usage.ri_phys_footprint),
    })
}
