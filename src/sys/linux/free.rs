//! Free memory: what the machine has left, swap included, or what the control group of the process
//! leaves. Where there is no `/proc`, nothing is known.

use std::fs::read_to_string;
use std::path::Path;

/// Bytes of memory that this process can still have; `None` where that is unknown.
pub fn free_memory() -> Option<usize> {
    let machine = free_on_machine(&read_to_string("/proc/meminfo").ok()?)?;
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = groups.lines().filter_map(left_to_group).min();
    Some(left.map_or(machine, |left| left.min(machine)))
}

fn free_on_machine(meminfo: &str) -> Option<usize> {
    let kibibytes = |name: &str| {
        let mut lines = meminfo.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    };
    let swap = kibibytes("SwapFree").unwrap_or(0);
    Some(kibibytes("MemAvailable")?.saturating_add(swap) << 10)
}

/// What a control group leaves, if it limits memory: its limit minus what is in use. Pages of files do
/// not count as used, because the system takes them back.
fn left_to_group(line: &str) -> Option<usize> {
    let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
    let path = path.trim_start_matches('/');
    let (folder, limit, used, cache) = match controllers {
        "" => ("", "memory.max", "memory.current", "file"),
        "memory" => (
            "memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_cache",
        ),
        _ => return None,
    };
    let root = Path::new("/sys/fs/cgroup").join(folder);
    // Inside a container its own group is the root that it sees.
    [root.join(path), root].iter().find_map(|folder| {
        let number = |name| read_to_string(folder.join(name)).ok()?.trim().parse().ok();
        let (limit, used): (usize, usize) = (number(limit)?, number(used)?);
        let statistics = read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let cached = statistics
            .lines()
            .find_map(|line| line.strip_prefix(cache)?.strip_prefix(' '));
        let cached: usize = cached.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        Some(limit.saturating_sub(used.saturating_sub(cached)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_read_from_what_the_system_says() {
        let meminfo = "MemTotal:  300 kB\nMemAvailable:   200 kB\nSwapFree:  5 kB\n";
        assert_eq!(free_on_machine(meminfo), Some(205 << 10));
        assert_eq!(free_on_machine("MemAvailable: 200 kB"), Some(200 << 10));
        assert_eq!(free_on_machine("MemFree: 200 kB"), None);
        assert_eq!(left_to_group("3:cpuset:/"), None);
        assert_eq!(left_to_group("nonsense"), None);
    }
}
