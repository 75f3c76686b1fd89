//! The files of a source, listed from Rust. The tests in Python compare random trees of folders.

use std::fs;
use std::path::{Path, PathBuf};

use onecopy::dataset::listing::list;
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

/// The files of a source below a folder, by their names.
fn names(folder: &Path, source: &str) -> Result<Vec<String>> {
    let files = list(&[folder.join(source)], "source", Checkpoint::NONE)?;
    let names = files.iter().map(|file| file.strip_prefix(folder).unwrap());
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
        let sources: Vec<PathBuf> = sources.iter().map(PathBuf::from).collect();
        list(&sources, "join", Checkpoint::NONE)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&[]),
        "join: expected at least one path, found an empty list"
    );
    assert_eq!(refused(&[""]), "join: expected a path, found an empty text");
    assert!(refused(&["s3://bucket/x"]).starts_with("join: expected a local file"));
    assert!(refused(&["C:/x"]).starts_with("C:/x: "));
    let stop = |_| Err(Error::Interrupted);
    let stopped = list(&[folder.path().into()], "source", Checkpoint::new(&stop));
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
