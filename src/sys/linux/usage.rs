//! How much memory this process holds, as `/proc` says it. Where there is none, nothing is known.

use std::fs::read_to_string;

use crate::sys::usage::Usage;

/// The memory of now; `None` where it is unknown.
pub(in crate::sys) fn usage_now() -> Option<Usage> {
    read(&read_to_string("/proc/self/status").ok()?)
}

fn read(status: &str) -> Option<Usage> {
    let kibibytes = |name: &str| {
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let swapped = kibibytes("VmSwap").unwrap_or(0);
    Some(Usage {
        anonymous: kibibytes("RssAnon")?.saturating_add(swapped) << 10,
        file: kibibytes("RssFile")? << 10,
    })
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
        assert_eq!(read(status), Some(usage));
        assert_eq!(read("RssFile: 40 kB"), None);
    }
}
