//! One value: its type, its cast, and what is written for what is not plain.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`number`] | the types that files store |
//! | [`element`] | the types that outputs hold |
//! | [`absence`] | one more, which only says whether there is a value |
//! | [`rule`] | what is written for values that are not plain, and how many there were |
//! | [`clean`] | values cast, and cleaned by a rule |
//! | [`plain`] | the same from the bytes of a page |
//! | [`sentinels`] | values that are not plain, marked first and replaced later |
//! | [`clock`] | times as numbers of units since an origin |
//! | [`decimal`] | decimals as the nearest `f64` |
//! | [`sum`] | sums that do not depend on the order |

pub mod absence;
pub mod clean;
pub mod clock;
pub mod decimal;
pub mod element;
pub mod number;
pub mod plain;
pub mod rule;
pub mod sentinels;
pub mod sum;
