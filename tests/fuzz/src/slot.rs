//! A file without a name, in memory where the system has such a place, that every input is written
//! to in turn.

use std::fs::{File, OpenOptions, remove_file};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The file.
#[derive(Debug)]
pub struct Slot {
    file: File,
    path: PathBuf,
}

impl Slot {
    /// An empty one.
    pub fn new() -> Self {
        // Tests that run side by side have slots of their own.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() {
            shared.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = folder.join(format!("onecopy-fuzz-{}-{number}", std::process::id()));
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true);
        let file = file.open(&name).expect("a place for the input");
        remove_file(&name).expect("the place has a name");
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        Self { file, path }
    }

    /// Replaces the content by these pieces, each at its position, and tells where it can be read.
    pub fn put(&mut self, pieces: &[(u64, &[u8])]) -> &Path {
        self.file.set_len(0).expect("room");
        for (at, bytes) in pieces {
            self.file.write_all_at(bytes, *at).expect("room");
        }
        &self.path
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::new()
    }
}
