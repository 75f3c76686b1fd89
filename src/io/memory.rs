//! What is in memory already: a name for errors, and no bytes of its own to be read by position. Its
//! values are read where they are.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::io::input::Input;
use crate::sys::Identity;

/// A table in memory, as an input.
#[derive(Debug)]
pub struct InMemory {
    name: PathBuf,
    identity: Identity,
}

impl InMemory {
    /// One of this name.
    pub fn new(name: &Path, identity: Identity) -> Self {
        Self {
            name: name.to_path_buf(),
            identity,
        }
    }
}

impl Input for InMemory {
    fn name(&self) -> &Path {
        &self.name
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn is_in_memory(&self) -> bool {
        true
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> Result<()> {
        let name = self.name.display();
        Err(Error::Internal(format!("{name} was read like a file")))
    }

    fn verify(&self) -> Result<()> {
        Ok(())
    }
}
