//! Objects that are read over a network. Bytes come through a [`Fetcher`], which knows how; here it is
//! decided which, and when: ranges that lie close are joined, long ones cut, and those that will be
//! needed are fetched ahead, within a number of bytes. Whether an answer is of the object that was
//! opened says the fetcher; that all of it has come is checked here.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`fetch`] | requests and answers |
//! | [`ranges`] | ranges, joined and cut |
//! | [`parts`] | parts of objects: planned, on their way, here |
//! | [`session`] | the parts of all objects of a source, and who waits for them |
//! | [`object`] | an object, and an opened one as an input |
//! | [`footers`] | the ends of objects, as far as they are kept |

pub mod fetch;
pub mod footers;
pub mod object;
pub mod parts;
pub mod ranges;
pub mod session;

pub use fetch::{Answer, Fetcher, Missed, Request, Waits};
pub use object::{Object, SeenObject};
pub use session::{Allowance, Session, Traffic, largest_request};
