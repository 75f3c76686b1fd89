//! Floor 11: the memory that arrays are poured into, and the files that they become.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`sheets`] | an output while it is poured |
//! | [`turn`] | sheets put in row order |
//! | [`arrange`](mod@arrange) | rows put in another order, in place |
//! | [`columns`] | rows turned into columns, in place |
//! | `cycles` | rows moved along the cycles of a permutation |
//! | [`prefault`] | pages prefaulted before they are written |
//! | [`npy`] | the header of a `.npy`, and the names of files beside it |
//! | [`draft`] | a file without a name |
//! | [`folder`] | a folder without a name |
//! | [`growing`] | an array whose rows are not counted before |
//! | [`lock`] | a lock on a folder in which files get their names |
//! | [`publish`](mod@publish) | the files of a set get their names |

pub mod arrange;
pub mod columns;
mod cycles;
pub mod draft;
pub mod folder;
pub mod growing;
pub mod lock;
pub mod npy;
pub mod prefault;
pub mod publish;
pub mod sheets;
pub mod turn;

pub use draft::Draft;
pub use folder::FolderDraft;
pub use growing::GrowingArray;
pub use publish::publish;
