//! How much memory this process holds. What it maps from files is kept apart: the system takes that back
//! at will, so it is no need. Where there is no `/proc`, nothing is known.

use std::fs::read_to_string;

/// Memory of this process at one moment, or at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that only this process holds, in memory or swapped out.
    pub anonymous: u64,
    /// Bytes of mapped files that are in memory.
    pub file: u64,
}

impl Usage {
    /// That of now; `None` where it is unknown.
    pub fn now() -> Option<Self> {
        Self::read(&read_to_string("/proc/self/status").ok()?)
    }

    fn read(status: &str) -> Option<Self> {
        let kibibytes = |name: &str| {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let swapped = kibibytes("VmSwap").unwrap_or(0);
        Some(Self {
            anonymous: kibibytes("RssAnon")?.saturating_add(swapped) << 10,
            file: kibibytes("RssFile")? << 10,
        })
    }

    /// The larger of both, by each kind of memory.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            anonymous: self.anonymous.max(other.anonymous),
            file: self.file.max(other.file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_what_the_system_says() {
        let status = "VmRSS:\t  90 kB\nRssAnon:\t   50 kB\nRssFile:\t   40 kB\nVmSwap:\t 2 kB\n";
        let usage = Usage {
            anonymous: 52 << 10,
            file: 40 << 10,
        };
        assert_eq!(Usage::read(status), Some(usage));
        assert_eq!(Usage::read("RssFile: 40 kB"), None);
        let other = Usage {
            anonymous: 1,
            file: 1 << 20,
        };
        assert_eq!(
            usage.most(other),
            Usage {
                anonymous: 52 << 10,
                file: 1 << 20
            }
        );
    }

    #[test]
    fn this_process_holds_some() {
        assert!(Usage::now().is_none_or(|usage| usage.anonymous > 1 << 16));
    }
}
