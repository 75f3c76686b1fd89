//! What makes a file the same file with the same content. It proves a change, but not the absence of
//! one: a writer may put the old time back.

/// What a file was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The device that it is on.
    pub device: u64,
    /// Its number there.
    pub number: u64,
    /// Its size.
    pub bytes: u64,
    /// When it was last written to: seconds and nanoseconds.
    pub modified: (i64, i64),
}

impl Identity {
    /// That of what is no file, and has so many bytes.
    pub const fn of_memory(bytes: u64) -> Self {
        Self {
            device: 0,
            number: 0,
            bytes,
            modified: (0, 0),
        }
    }

    /// What has changed from then to `now`.
    pub fn difference(&self, now: &Self) -> Option<String> {
        if (self.device, self.number) != (now.device, now.number) {
            Some("another file has taken its place".to_owned())
        } else if self.bytes != now.bytes {
            Some(format!(
                "it had {} bytes and now has {}",
                self.bytes, now.bytes
            ))
        } else if self.modified != now.modified {
            Some("it was written to".to_owned())
        } else {
            None
        }
    }
}
