//! The architecture: who may use whom, and what may be named where.

use std::fs;
use std::path::Path;

/// For each module of the crate, the modules that it may name.
const FLOORS: [(&str, &[&str]); 9] = [
    ("kernel", &["kernel"]),
    ("error", &[]),
    ("account", &["error"]),
    ("read", &["kernel", "error", "account", "read"]),
    ("plan", &["read", "kernel", "error", "account", "plan"]),
    ("output", &["plan", "kernel", "error", "output"]),
    (
        "join",
        &["kernel", "error", "account", "read", "plan", "join"],
    ),
    (
        "run",
        &[
            "kernel", "error", "account", "read", "plan", "output", "join", "run",
        ],
    ),
    (
        "python",
        &[
            "kernel", "error", "account", "read", "plan", "output", "join", "run", "python",
        ],
    ),
];

/// What may be named in a few files or folders only.
const WALLS: [(&str, &[&str]); 9] = [
    ("pyo3", &["python/"]),
    ("numpy::", &["python/"]),
    ("parquet::", &[]),
    ("arrow::", &[]),
    (
        "unsafe ",
        &[
            "output/mapping.rs",
            "kernel/isa.rs",
            "kernel/along512.rs",
            "kernel/avx512.rs",
            "kernel/crc512.rs",
            "kernel/expand512.rs",
            "kernel/gather.rs",
            "kernel/halves.rs",
            "kernel/lookup512.rs",
            "kernel/snappy.rs",
            "kernel/stream.rs",
        ],
    ),
    ("std::thread", &["run/workers.rs", "plan/budget.rs"]),
    ("thread::scope", &["run/workers.rs"]),
    ("File::open", &["output/draft.rs"]),
    ("OpenOptions", &["read/source.rs"]),
];

const MOST_LINES: usize = 400;

/// A source file: its path below `src`, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The module of the crate that it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests") || self.path.ends_with("/naive.rs")
    }

    /// Its lines without comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.map(|line| line.split("//").next().unwrap_or_default())
    }

    /// The modules of the crate that it names.
    fn uses(&self) -> Vec<String> {
        let code: String = self.code().flat_map(|line| [line, "\n"]).collect();
        let name = |text: &str| {
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
            text[..end.unwrap_or(text.len())].to_owned()
        };
        let mut uses = Vec::new();
        for behind in code.split("crate::").skip(1) {
            match behind.strip_prefix('{') {
                // Each at the front of its path: `crate::{a::{x, y}, b}` names a and b.
                Some(group) => uses.extend(fronts(group).iter().map(|front| name(front))),
                None => uses.push(name(behind)),
            }
        }
        uses
    }
}

/// The paths of a group, up to its closing brace.
fn fronts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut fronts) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                fronts.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                fronts.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fronts.retain(|front| !front.is_empty());
    fronts
}

fn sources() -> Vec<File> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<File>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(root).unwrap();
                files.push(File {
                    path: below.to_string_lossy().into_owned(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 20, "only {} files found", files.len());
    files
}

/// What is wrong with the direction of a file's dependencies.
fn upward(file: &File) -> Vec<String> {
    let uses = file.uses();
    let wrong = |allowed: &[&str]| {
        let names = uses.iter().filter(|name| !allowed.contains(&name.as_str()));
        names
            .map(|name| format!("{} names `crate::{name}`", file.path))
            .collect()
    };
    if file.path == "lib.rs" {
        return wrong(&[]);
    }
    match FLOORS.iter().find(|(module, _)| *module == file.module()) {
        Some((_, allowed)) => wrong(allowed),
        None => vec![format!("{} is on no floor", file.path)],
    }
}

#[test]
fn dependencies_point_down() {
    let wrong: Vec<String> = sources().iter().flat_map(upward).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_has_one_place_stays_there() {
    let files = sources();
    let mut wrong = Vec::new();
    for (word, places) in WALLS {
        for file in files.iter().filter(|file| !file.is_test()) {
            let named = file.code().any(|line| line.contains(word));
            if named && !places.iter().any(|place| file.path.starts_with(place)) {
                wrong.push(format!("{} names `{word}`", file.path));
            }
        }
        for place in places {
            let there = files.iter().any(|file| file.path.starts_with(place));
            assert!(
                there,
                "{place} is gone: `{word}` may be named elsewhere now"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines", file.path));
        }
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin by saying what it is", file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_paths_sees_them_all() {
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let text = "use crate::error::Fault;\nuse crate::{\n    plan::{Order, Plan},\n    run,\n};\n\
                // crate::python\nfn f() { crate::kernel::scalar::clean() }";
    let read = file("read/x.rs", text);
    assert_eq!(read.uses(), ["error", "plan", "run", "kernel"]);
    assert_eq!(upward(&read).len(), 2);
    assert_eq!(
        upward(&file("kernel/x.rs", "use crate::error::Result;")).len(),
        1
    );
    assert_eq!(upward(&file("other/x.rs", "")).len(), 1);
    assert_eq!(
        upward(&file("run/x.rs", "use crate::parquet::Lane;")).len(),
        0
    );
}
