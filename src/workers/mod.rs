//! Floor 3: threads, scoped to one call, supervised by its caller, and never more than were requested;
//! and one that watches the memory of the process for as long as it is asked to.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`stage`] | stages, and a caller that follows their progress |
//! | [`threads`] | the threads of one stage |
//! | [`team`] | threads, with the account that they share |
//! | [`exclusive`] | the whole account for one thread at a time |
//! | [`sampler`] | a thread that watches the memory of the process |

pub mod exclusive;
pub mod sampler;
pub mod stage;
pub mod team;
pub mod threads;

pub use exclusive::{Exclusive, ReleaseBuffers};
pub use sampler::Sampler;
pub use stage::{Caller, Progress, Stage};
pub use team::Team;
pub use threads::{
    Call, Workers, drop_detached, is_stopped, is_worker, lock, panic_message, pause,
};
