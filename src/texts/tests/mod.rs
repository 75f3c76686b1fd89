//! Texts.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`hash`] | texts are equal where all their bytes are |

mod hash;
