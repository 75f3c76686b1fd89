//! Slots of a table that grows: pages of our own, huge ones where the system has them. A table that is
//! larger than the caches waits for two things at each look, the slot and, where pages are small, the
//! entry that says where its page is. Bytes are leased before they are asked for.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::account::{Account, Lease};
use crate::error::Fault;
use crate::sys::pages::{HUGE, Mapping};

/// Bytes of which an eighth is a huge page: from there on a table that grows by an eighth ends with one.
const WHOLE: usize = 8 * HUGE;

/// Slots of 16 bytes.
#[derive(Debug)]
pub struct Slots {
    pages: Option<Mapping>,
    lease: Lease,
}

impl Slots {
    /// No slots yet; they are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            pages: None,
            lease: account.open(),
        }
    }

    /// All slots.
    #[inline]
    pub fn all(&self) -> &[u128] {
        self.pages.as_ref().map_or(&[], Mapping::words)
    }

    /// All slots, to change.
    #[inline]
    pub fn all_mut(&mut self) -> &mut [u128] {
        self.pages.as_mut().map_or(&mut [], Mapping::words_mut)
    }

    /// The slots of a table that shall have about `len`, so that it ends with a page.
    pub const fn whole(len: usize) -> usize {
        let bytes = len * size_of::<u128>();
        if bytes < WHOLE {
            return len;
        }
        bytes / HUGE * HUGE / size_of::<u128>()
    }

    /// Makes it `len` slots, of which new ones are zero. On an error they are what they were.
    pub fn extend(&mut self, len: usize) -> Result<(), Fault> {
        let needed = len.saturating_mul(size_of::<u128>());
        let before = self.lease.bytes();
        self.lease.resize(needed)?;
        self.grow(needed).map_err(|_| {
            // Shrinking a lease cannot fail.
            let _ = self.lease.resize(before);
            Fault::Scarce { needed }
        })?;
        // A page that is read before it is written is found twice.
        self.all_mut()[before / size_of::<u128>()..].fill(0);
        Ok(())
    }

    fn grow(&mut self, bytes: usize) -> std::io::Result<()> {
        if let Some(pages) = &mut self.pages {
            match pages.resize(bytes) {
                Err(error) if error.kind() == ErrorKind::Unsupported => {}
                done => return done,
            }
        }
        let mut pages = Mapping::anonymous(bytes, None)?;
        let old = self.all();
        pages.words_mut()[..old.len()].copy_from_slice(old);
        self.pages = Some(pages);
        Ok(())
    }
}
