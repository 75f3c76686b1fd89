//! Medians are exact, however they are found.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`column`] | of one column |
//! | [`matrix`] | of a whole matrix |
//! | [`narrowing`] | of a column that comes in parts |

mod column;
mod matrix;
mod narrowing;
