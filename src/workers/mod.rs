//! Floor 3: threads, scoped to one call, watched by its caller, never more than it asked for.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`stage`] | stages, progress, and the caller that hears of both |
//! | [`threads`] | the threads of one stage |
//! | [`team`] | threads together with the account that they share |
//! | [`exclusive`] | one thread at a time may have the whole account |

pub mod exclusive;
pub mod stage;
pub mod team;
pub mod threads;

pub use exclusive::{Exclusive, ReleaseBuffers};
pub use stage::{Caller, Progress, Stage};
pub use team::Team;
pub use threads::{Call, Workers, drop_detached, lock, panic_message, pause};
