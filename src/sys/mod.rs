//! Floor 2: the operating system, behind a few functions.
//!
//! Errors are those of `std::io`; nothing above names a crate or a module of one system.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`codes`] | numbers of errors |
//! | [`identity`] | what makes a file the same file |
//! | `unix` | what POSIX has: files by position, names, folders, free disk |
//! | `linux` | files without a name, space reserved, names exchanged, advice about pages |
//! | [`pages`] | memory of our own, or of a file |
//! | [`ranges`] | ranges of a file behind one another, as one piece of memory |
//! | [`free`] | how much memory there is |
//! | [`usage`] | how much memory this process holds |

pub mod codes;
pub mod free;
pub mod identity;
mod linux;
pub mod pages;
pub mod ranges;
mod unix;
pub mod usage;

pub use identity::Identity;
pub use linux::{create_unnamed, exchange, link_open, rename_new, reserve};
pub use pages::Mapping;
pub use ranges::FileRanges;
pub use unix::{
    Folder, Lock, available_disk, create, create_folder, free_disk, identify, open_input, path,
    random, read_exact_at, remove_all, rename, write_all_at,
};
