//! Memory, as Windows counts it. It gives no memory that it does not have, so a process that asks for
//! too much gets an error.
#![expect(
    unsafe_code,
    reason = "calls that fill a structure; each block says why it is sound"
)]

use windows_sys::Win32::System::ProcessStatus::{
    K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS_EX,
};
use windows_sys::Win32::System::SystemInformation::{
    GetSystemInfo, GlobalMemoryStatusEx, MEMORYSTATUSEX, SYSTEM_INFO,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use crate::sys::usage::Usage;

/// Bytes of a structure, as calls want them.
const fn length_of<T>() -> u32 {
    // No structure of the system is longer than such a number says.
    #[expect(clippy::cast_possible_truncation, reason = "see above")]
    let length = size_of::<T>() as u32;
    length
}

/// Bytes of a page of memory.
pub fn page_bytes() -> usize {
    let mut system = SYSTEM_INFO::default();
    // SAFETY: the call fills one structure.
    unsafe { GetSystemInfo(&raw mut system) };
    system.dwPageSize as usize
}

/// Bytes of memory that this process can still have, page files included; `None` where that is unknown.
pub fn free_memory() -> Option<usize> {
    let mut memory = MEMORYSTATUSEX {
        dwLength: length_of::<MEMORYSTATUSEX>(),
        ..Default::default()
    };
    // SAFETY: the call fills one structure, whose length it is told.
    let answer = unsafe { GlobalMemoryStatusEx(&raw mut memory) };
    (answer != 0).then(|| usize::try_from(memory.ullAvailPageFile).ok())?
}

/// The memory of now; `None` where it is unknown. What only the process has counts from when it is
/// promised, and what is in memory beyond that are pages of files.
pub(in crate::sys) fn usage_now() -> Option<Usage> {
    let length = length_of::<PROCESS_MEMORY_COUNTERS_EX>();
    let mut memory = PROCESS_MEMORY_COUNTERS_EX {
        cb: length,
        ..Default::default()
    };
    // SAFETY: the call fills as many bytes as it is told, which are those of the structure; the handle
    // of this process is always open.
    let answer =
        unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), (&raw mut memory).cast(), length) };
    (answer != 0).then(|| Usage {
        anonymous: memory.PrivateUsage as u64,
        file: memory.WorkingSetSize.saturating_sub(memory.PrivateUsage) as u64,
    })
}
