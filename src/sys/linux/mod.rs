//! What Linux has beyond POSIX.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `files` | files without a name, space reserved, names exchanged |
//! | `free` | how much memory is free |
//! | `pages` | huge pages, prefaulted ones, and mappings that move |
//! | `usage` | how much memory this process holds |

mod files;
mod free;
mod pages;
mod usage;

pub(in crate::sys) use files::sync_names;
pub use files::{create_unnamed, exchange, link_open, random, rename_new, reserve, sync};
pub use free::free_memory;
pub(in crate::sys) use pages::{ask_for_huge_pages, prefault, remap};
pub(in crate::sys) use usage::usage_now;

pub(in crate::sys) use crate::sys::unix::give_back;
pub use crate::sys::unix::{
    FileRanges, Folder, available_disk, codes, create, create_folder, free_disk, identify,
    open_input, page_bytes, path, read_exact_at, remove_all, rename, slashed, write_all_at,
};
