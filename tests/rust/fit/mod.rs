//! Medians are exact, however they are found; codes of texts do not depend on their order.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`column`] | of one column |
//! | [`matrix`] | of a whole matrix |
//! | [`narrowing`] | of a column that comes in parts |
//! | [`vocabulary`] | codes of texts |

mod column;
mod matrix;
mod narrowing;
mod vocabulary;
