//! The sources of the crate, and what each file imports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A source file: its path below `src`, and its text without tests and comments.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) code: String,
}

impl File {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let (body, _) = text
            .split_once("#[cfg(test)]\nmod tests {")
            .unwrap_or((text, ""));
        let lines = body
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: lines.flat_map(|line| [line, "\n"]).collect(),
        }
    }

    /// Whether only tests are compiled from it.
    pub(super) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.is_naive()
    }

    fn is_naive(&self) -> bool {
        self.path.ends_with("/naive.rs")
    }

    /// Whether it only says what is in its folder.
    pub(super) fn is_index(&self) -> bool {
        self.path.ends_with("mod.rs") || self.path == "lib.rs"
    }

    /// Its module, segment by segment.
    pub(super) fn module(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs");
        let path = path.trim_end_matches("/mod");
        let segments = path.split('/').filter(|segment| *segment != "lib");
        segments.map(str::to_owned).collect()
    }

    /// The paths of this crate that it names, from the root on.
    pub(super) fn paths(&self) -> Vec<Vec<String>> {
        let own = self.module();
        let mut paths = Vec::new();
        for (root, base) in [
            ("crate::", &own[..0]),
            ("super::", &own[..own.len().saturating_sub(1)]),
        ] {
            for (at, _) in self.code.match_indices(root) {
                let before = self.code[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                for tail in leaves(&self.code[at + root.len()..]) {
                    paths.push(base.iter().cloned().chain(tail).collect());
                }
            }
        }
        paths
    }

    /// The names that it passes on, each with the module that has it.
    pub(super) fn passed_on(&self) -> BTreeMap<String, Vec<String>> {
        let mut names = BTreeMap::new();
        for (at, _) in self.code.match_indices("pub use ") {
            let tree = &self.code[at + "pub use ".len()..];
            for tail in leaves(tree) {
                let tail = tail.into_iter().filter(|segment| segment != "crate");
                let path: Vec<String> = self.module().into_iter().chain(tail).collect();
                if let Some(name) = path.last() {
                    names.insert(name.clone(), path.clone());
                }
            }
        }
        names
    }
}

/// The leaves of a tree of paths: `a::{b, c::{d}}` has `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let (mut prefix, mut open, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut characters = tree.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            c if name(c) => word.push(c),
            ':' if characters.peek() == Some(&':') => {
                characters.next();
                prefix.push(std::mem::take(&mut word));
            }
            '{' => open.push(prefix.len()),
            ',' | '}' if !open.is_empty() => {
                if !word.is_empty() {
                    let mut leaf = prefix.clone();
                    leaf.extend((word != "self").then(|| word.clone()));
                    found.push(leaf);
                    word.clear();
                }
                let depth = if c == '}' {
                    open.pop()
                } else {
                    open.last().copied()
                };
                prefix.truncate(depth.unwrap_or(0));
                if open.is_empty() {
                    return found;
                }
            }
            c if c.is_whitespace() && !open.is_empty() => {}
            _ => break,
        }
    }
    prefix.extend((!word.is_empty()).then_some(word));
    found.push(prefix);
    found
}

/// All files below `src`.
pub(super) fn sources() -> Vec<File> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<File>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(root).unwrap().to_string_lossy();
                files.push(File::new(&below, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 20, "only {} files found", files.len());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Which file has a path: a module of its own, or one whose folder passes its name on.
pub(super) fn owner(files: &[File], path: &[String]) -> Option<usize> {
    let module = |path: &[String]| files.iter().position(|file| file.module() == path);
    for length in (1..=path.len()).rev() {
        let Some(found) = module(&path[..length]) else {
            continue;
        };
        let passed_on = path.get(length).and_then(|name| {
            let target = files[found].passed_on().remove(name)?;
            (target != path[..=length])
                .then(|| owner(files, &target))
                .flatten()
        });
        return Some(passed_on.unwrap_or(found));
    }
    None
}

#[test]
fn the_reader_of_paths_sees_them_all() {
    let text = "use crate::error::Fault;\nuse crate::{\n    plan::{Order, Plan},\n    run,\n};\n\
                // crate::python\nuse super::near;\nfn f() { crate::kernel::clean() }";
    let file = File::new("read/x.rs", text);
    let paths: Vec<String> = file.paths().iter().map(|path| path.join("::")).collect();
    let expected = [
        "error::Fault",
        "plan::Order",
        "plan::Plan",
        "run",
        "kernel::clean",
        "read::near",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_name_that_is_passed_on_leads_to_its_file() {
    let files = [
        File::new("a/mod.rs", "pub mod b;\npub use b::Thing;"),
        File::new("a/b.rs", "pub struct Thing;"),
    ];
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(owner(&files, &path("a::Thing")), Some(1));
    assert_eq!(owner(&files, &path("a::Other")), Some(0));
}
