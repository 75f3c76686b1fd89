//! The files of a source, listed from Rust. The tests in Python compare random trees of folders.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use onecopy::dataset::constant::hive::Folder;
use onecopy::dataset::listing::{Listing, Part, list};
use onecopy::error::{Checkpoint, Error, Result};
use tempfile::tempdir;

fn plant(folder: &Path) {
    for name in [
        "a/part-10.parquet",
        "a/part-2.pq",
        "a/_x.parquet",
        "b/1.PARQ",
        "b/1.txt",
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }
}

const fn listing(option: &str) -> Listing<'_> {
    Listing {
        option,
        wanted: None,
        checkpoint: Checkpoint::NONE,
    }
}

/// The files of a source below a folder, by their names.
fn names(folder: &Path, source: &str) -> Result<Vec<String>> {
    let files = list(&[Part::Path(folder.join(source))], listing("source"))?;
    let names = files.paths().map(|file| file.strip_prefix(folder).unwrap());
    Ok(names.map(|name| name.display().to_string()).collect())
}

#[test]
fn folders_and_globs_in_natural_order() {
    let folder = tempdir().unwrap();
    plant(folder.path());
    let names = |source| names(folder.path(), source).unwrap();
    let all = ["a/part-2.pq", "a/part-10.parquet", "b/1.PARQ"];
    assert_eq!(names(""), all);
    assert_eq!(names("a"), all[..2]);
    assert_eq!(names("?"), all);
    assert_eq!(names("**/*[0-9].p*"), all[..2]);
    assert_eq!(names("[!a]/*"), ["b/1.PARQ", "b/1.txt"]);
    assert_eq!(names("b/1.txt"), ["b/1.txt"]);
}

#[test]
fn refusals_say_what_was_expected() {
    let folder = tempdir().unwrap();
    plant(folder.path());
    let io = |source: &str| match names(folder.path(), source) {
        Err(Error::Io { source, .. }) => source.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(io("absent"), std::io::ErrorKind::NotFound);
    assert_eq!(io("absent*"), std::io::ErrorKind::NotFound);
    let refused = |sources: &[&str]| {
        let sources: Vec<Part> = sources.iter().map(|path| Part::Path(path.into())).collect();
        list(&sources, listing("join")).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&[]),
        "join: expected at least one path, found an empty list"
    );
    assert_eq!(refused(&[""]), "join: expected a path, found an empty text");
    assert!(refused(&["s3://bucket/x"]).starts_with("join: expected a local file"));
    assert!(refused(&["C:/x"]).starts_with("C:/x: "));
    let stop = |_| Err(Error::Interrupted);
    let stopped = list(
        &[Part::Path(folder.path().into())],
        Listing {
            checkpoint: Checkpoint::new(&stop),
            ..listing("source")
        },
    );
    assert!(matches!(stopped, Err(Error::Interrupted)));
}

#[test]
fn folders_that_are_not_wanted_are_not_looked_into() {
    let folder = tempdir().unwrap();
    for name in ["k=1/a.parquet", "k=2/b.parquet", "k=x/c.parquet"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }
    let asked = Mutex::new(Vec::new());
    let wanted = |folders: &[Folder]| {
        let texts = folders.iter().filter(|folder| folder.is_found);
        let texts: Vec<Vec<u8>> = texts.filter_map(|folder| folder.value.clone()).collect();
        let is_wanted = texts.is_empty() || texts.contains(&b"2".to_vec());
        asked.lock().unwrap().extend(texts);
        is_wanted
    };
    for pattern in ["", "*/*.parquet", "**/*.parquet", "k=?"] {
        asked.lock().unwrap().clear();
        let source = Part::Path(folder.path().join(pattern));
        let found = list(
            &[source],
            Listing {
                wanted: Some(&wanted),
                ..listing("source")
            },
        )
        .unwrap();
        let paths: Vec<&Path> = found.paths().collect();
        assert_eq!(paths, [folder.path().join("k=2/b.parquet")], "{pattern}");
        let mut asked = asked.lock().unwrap().clone();
        asked.sort();
        asked.dedup();
        assert_eq!(asked, [b"1", b"2", b"x"], "{pattern}");
    }
}
