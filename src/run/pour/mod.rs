//! The pour: every value is decoded once, cleaned in passing and written once.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`worker`] | the threads of a pour, and what they do |
//! | [`queue`] | the work, handed out piece by piece |
//! | [`stripes`] | a pour into a file whose pages are given back |

pub mod queue;
pub mod stripes;
pub mod worker;
