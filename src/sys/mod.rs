//! Floor 2: the operating system, behind a few functions.
//!
//! Errors are those of `std::io`; nothing above names a crate or a module of one system. Each system has
//! a folder, and all of these offer the same functions; one that a system cannot do says so.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`identity`] | what makes a file the same file |
//! | [`lock`] | how a folder may be locked |
//! | [`pages`] | memory of our own, or of a file |
//! | [`free`] | how much memory there is |
//! | [`usage`] | how much memory this process holds |
//! | `unix` | what POSIX has: files by position, names, folders, free disk, ranges of files |
//! | `linux` | files without a name, space reserved, names exchanged, advice about pages |
//! | `macos` | the same as far as macOS has it |
//! | `windows` | all of it by the calls of Windows |

pub mod free;
pub mod identity;
pub mod lock;
pub mod pages;
pub mod usage;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

pub use identity::Identity;
pub use lock::Lock;
pub use pages::Mapping;
pub use system::{
    FileRanges, Folder, available_disk, codes, create, create_folder, create_unnamed, exchange,
    free_disk, identify, link_open, open_input, page_bytes, path, random, read_exact_at,
    remove_all, rename, rename_new, reserve, slashed, sync, write_all_at,
};
