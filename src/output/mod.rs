//! Floor 9: the memory that a matrix is poured into, and the file that it becomes.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`sheets`] | the output while it is poured |
//! | [`turn`] | sheets put in the order of rows |
//! | [`prefault`] | pages found before they are written |
//! | [`npy`] | the header of a `.npy`, and the names of files beside it |
//! | [`draft`] | a file without a name |
//! | [`lock`] | a folder in which no other set gets its names |
//! | [`publish`](mod@publish) | the files of a set get their names |

pub mod draft;
pub mod lock;
pub mod npy;
pub mod prefault;
pub mod publish;
pub mod sheets;
pub mod turn;

pub use draft::Draft;
pub use publish::publish;
