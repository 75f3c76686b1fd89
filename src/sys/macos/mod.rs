//! What macOS has beyond POSIX.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `files` | space reserved, names exchanged, syncs that reach the disk |
//! | `memory` | how much memory is free, and how much this process holds |
//! | `pages` | what cannot be asked of pages here |

mod files;
mod memory;
mod pages;

pub(in crate::sys) use files::sync_names;
pub use files::{create_unnamed, exchange, link_open, random, rename_new, reserve, sync};
pub use memory::free_memory;
pub(in crate::sys) use memory::usage_now;
pub(in crate::sys) use pages::{ask_for_huge_pages, prefault, remap};

pub(in crate::sys) use crate::sys::unix::give_back;
pub use crate::sys::unix::{
    FileRanges, Folder, available_disk, codes, create, create_folder, free_disk, identify,
    open_input, page_bytes, path, read_exact_at, remove_all, rename, slashed, write_all_at,
};
