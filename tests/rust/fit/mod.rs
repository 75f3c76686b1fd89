//! Medians, exact in every way in which they are found.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`column`] | of one column |
//! | [`matrix`] | of a matrix that is whole |
//! | [`narrowing`] | of a column that comes in parts |

mod column;
mod matrix;
mod narrowing;
