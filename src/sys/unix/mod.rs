//! What every POSIX system has.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`codes`] | numbers of errors |
//! | `files` | files by position, names, free disk |
//! | `folder` | locks on folders, and their names on disk |
//! | `pages` | pages that are given back |
//! | `ranges` | ranges of a file behind one another, as one piece of memory |

pub mod codes;
pub(in crate::sys) mod files;
mod folder;
mod pages;
mod ranges;

pub use files::{
    available_disk, create, create_folder, free_disk, identify, open_input, page_bytes, path,
    read_exact_at, remove_all, rename, slashed, write_all_at,
};
pub use folder::Folder;
pub(in crate::sys) use pages::give_back;
pub use ranges::FileRanges;
