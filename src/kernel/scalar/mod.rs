//! One value: its type, its cast, and what is written for what is not plain.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`number`] | the types that files store |
//! | [`element`] | the types that outputs hold |
//! | [`clean`] | rules, tallies, and the cast by a rule |
//! | [`replace`] | what is not finite, replaced without branches |
//! | [`plain`] | plain bytes cast without a stage between |
//! | [`decimal`] | decimals as the nearest `f64` |
//! | [`sum`] | sums that do not depend on the order |

pub mod clean;
pub mod decimal;
pub mod element;
pub mod number;
pub mod plain;
pub mod replace;
pub mod sum;
