//! How much memory there is for an output. What a file claims is compared with it before a page is
//! touched: on most systems a process that takes more than there is gets no error, but is killed.

pub use crate::sys::system::free_memory;

/// The part of the free memory that pages of a file may hold while it is made.
const HELD: usize = 4;

/// Whether pages of a file take so little of the free memory that they may stay until it is done.
pub fn fits_well(bytes: usize) -> bool {
    free_memory().is_some_and(|free| bytes < free / HELD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_some() {
        assert!(free_memory().is_none_or(|bytes| bytes > 1 << 20));
    }
}
