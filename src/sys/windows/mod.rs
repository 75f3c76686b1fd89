//! Windows: the same functions by its own calls. There are no files without a name, no call that
//! exchanges two, and no mapping that changes its length; callers know a way round each of them.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`codes`] | numbers of errors |
//! | `files` | files by position, and what makes them the same |
//! | `folder` | locks on folders, and their names on disk |
//! | `memory` | how much memory is free, and how much this process holds |
//! | `names` | names that are given, taken and exchanged |
//! | `pages` | pages that are given back |
//! | `paths` | paths as bytes, and as Windows takes them |
//! | `ranges` | ranges of a file behind one another, which are refused |

pub mod codes;
mod files;
mod folder;
mod memory;
mod names;
mod pages;
mod paths;
mod ranges;

pub use files::{
    available_disk, create, create_folder, create_unnamed, free_disk, identify, open_input, random,
    read_exact_at, reserve, sync, write_all_at,
};
pub use folder::Folder;
pub(in crate::sys) use memory::usage_now;
pub use memory::{free_memory, page_bytes};
pub use names::{exchange, link_open, remove_all, rename, rename_new};
pub(in crate::sys) use pages::{ask_for_huge_pages, give_back, prefault, remap};
pub use paths::{path, slashed};
pub use ranges::FileRanges;
