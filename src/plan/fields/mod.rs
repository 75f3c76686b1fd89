//! Which columns of the files become features of the matrix, and where each goes.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`choose`](mod@choose) | the options, held against the files |
//! | [`encode`] | how stored values are recoded before they are cast |
//! | [`features`] | the features that columns become |
//! | [`field`] | a column of the files, and the columns of the matrix that it becomes |
//! | [`width`] | how many numbers the lists of a column have |
//! | [`blocks`](mod@blocks) | neighbouring fields that come from the same place |

pub mod blocks;
pub mod choose;
pub mod encode;
pub mod features;
pub mod field;
pub mod width;
