//! Imports point down: each floor names only those below it, and some things have one room only.

use super::sources::{File, sources};

/// The floors, the lowest first. Those of one line do not name each other.
const FLOORS: [&[&str]; 16] = [
    &["kernel", "error"],
    &["account", "types"],
    &["sys", "texts"],
    &["workers"],
    &["io"],
    &["parquet"],
    &["arrow"],
    &["dataset"],
    &["key"],
    &["select"],
    &["plan"],
    &["output"],
    &["fit"],
    &["run", "table"],
    &["python"],
    &["lib"],
];

/// What may be named in a few files or folders only.
const WALLS: [(&str, &[&str]); 18] = [
    ("pyo3", &["python/"]),
    ("numpy::", &["python/"]),
    // The crates, not our own modules.
    ("use parquet::", &["table/"]),
    ("use arrow::", &[]),
    ("use arrow_", &["table/"]),
    ("memmap2", &["sys/"]),
    ("rustix", &["sys/unix/", "sys/linux/", "sys/macos/"]),
    ("libc::", &["sys/macos/"]),
    ("windows_sys", &["sys/windows/"]),
    ("target_os", &["sys/mod.rs"]),
    ("cfg(windows", &["sys/mod.rs"]),
    ("cfg(unix", &["sys/mod.rs"]),
    ("std::os::", &["sys/"]),
    (
        "unsafe ",
        &[
            "sys/pages.rs",
            "sys/linux/pages.rs",
            "sys/macos/files.rs",
            "sys/macos/memory.rs",
            "sys/macos/pages.rs",
            "sys/unix/pages.rs",
            "sys/windows/files.rs",
            "sys/windows/folder.rs",
            "sys/windows/memory.rs",
            "sys/windows/names.rs",
            "sys/windows/pages.rs",
            "arrow/c_data.rs",
            "arrow/c_stream.rs",
            "python/source/capsule.rs",
            "python/source/release.rs",
            "sys/unix/ranges.rs",
            "table/exchange.rs",
            "kernel/isa.rs",
            "kernel/x86_64/",
            "kernel/bytes/gather.rs",
            "kernel/bytes/snappy.rs",
        ],
    ),
    ("std::thread", &["workers/", "plan/budget.rs"]),
    ("thread::scope", &["workers/"]),
    ("File::open", &["sys/"]),
    ("OpenOptions", &["sys/"]),
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// What is wrong with the direction of a file's imports.
fn upward(file: &File) -> Vec<String> {
    let module = file.module();
    let own = module.first().map_or("lib", String::as_str);
    let Some(height) = floor(own) else {
        return vec![format!("{} is on no floor", file.path)];
    };
    let paths = file
        .paths()
        .into_iter()
        .filter_map(|path| path.into_iter().next());
    let wrong = paths.filter(|other| {
        let is_below = floor(other).is_some_and(|other| other < height);
        other != own && !is_below
    });
    wrong
        .map(|other| format!("{} names `crate::{other}`", file.path))
        .collect()
}

#[test]
fn imports_point_down() {
    let files = sources();
    let files = files.iter().filter(|file| !file.is_test());
    let wrong: Vec<String> = files.flat_map(upward).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_floor_says_its_number() {
    for (height, modules) in FLOORS.iter().enumerate() {
        for module in *modules {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
            // Modules of one file are floors without a folder, and say what they are.
            if let Ok(index) = std::fs::read_to_string(format!("{root}/{module}/mod.rs")) {
                let first = format!("//! Floor {height}: ");
                assert!(index.starts_with(&first), "{module} does not say {first}");
            }
        }
    }
}

#[test]
fn the_picture_is_the_same_everywhere() {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
    let picture = |text: &str| {
        let (_, behind) = text.split_once("```text\n").unwrap();
        behind.split_once("```").unwrap().0.to_owned()
    };
    let library = read("src/lib.rs").replace("//! ", "").replace("//!", "");
    assert_eq!(picture(&library), picture(&read("DESIGN.md")));
}

#[test]
fn what_has_one_room_stays_there() {
    let files = sources();
    let mut wrong = Vec::new();
    for (word, rooms) in WALLS {
        for file in files.iter().filter(|file| !file.is_test()) {
            let named = file.code.contains(word);
            if named && !rooms.iter().any(|room| file.path.starts_with(room)) {
                wrong.push(format!("{} names `{word}`", file.path));
            }
        }
        for room in rooms {
            let is_there = files.iter().any(|file| file.path.starts_with(room));
            assert!(
                is_there,
                "{room} is gone: `{word}` may be named elsewhere now"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kernels_of_a_machine_name_nothing_of_ours() {
    let files = sources();
    let machine = files
        .iter()
        .filter(|file| file.path.starts_with("kernel/x86_64/"));
    let outside = |path: &Vec<String>| !path.starts_with(&["kernel".into(), "x86_64".into()]);
    let wrong = machine.flat_map(|file| {
        let paths = file.paths().into_iter().filter(outside);
        paths.map(|path| format!("{} names `{}`", file.path, path.join("::")))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_import_is_found() {
    let file = |path: &str, text: &str| File::new(path, text);
    assert_eq!(
        upward(&file("kernel/x.rs", "use crate::error::Result;")).len(),
        1
    );
    assert_eq!(
        upward(&file("parquet/x.rs", "use crate::{plan::Plan, run};")).len(),
        2
    );
    assert_eq!(upward(&file("other/x.rs", "")).len(), 1);
    assert_eq!(
        upward(&file("run/x.rs", "use crate::parquet::Lane;")).len(),
        0
    );
}
