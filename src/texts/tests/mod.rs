//! Texts.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`hash`] | texts are equal where all their bytes are |
//! | [`numbering`] | threads agree on the numbers of texts |

mod hash;
mod numbering;
