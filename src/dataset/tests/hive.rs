//! What folders say.

use crate::dataset::constant::hive::Folder;

fn said(path: &str) -> Vec<(String, Option<String>)> {
    let folders = Folder::of_file(path.as_bytes(), 0).into_iter();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let said = folders.map(|folder| (folder.key, folder.value.map(text)));
    said.collect()
}

#[test]
fn folders_of_a_path() {
    let pair = |key: &str, value: &str| (key.to_owned(), Some(value.to_owned()));
    assert_eq!(
        said("a=1/b=x/c=3.parquet"),
        [pair("a", "1"), pair("b", "x")]
    );
    assert_eq!(said("/data/a=/=b/plain/p.parquet"), [pair("a", "")]);
    assert_eq!(said("a=1/b=2/a=3/p"), [pair("b", "2"), pair("a", "3")]);
    assert_eq!(said("a=x=y/p"), [pair("a", "x=y")]);
    assert_eq!(said("a%20b=%2F%zz%4/p"), [pair("a b", "/%zz%4")]);
    assert_eq!(
        said("s3://bucket/a=__HIVE_DEFAULT_PARTITION__/p"),
        [("a".to_owned(), None)]
    );
    assert_eq!(said("a=1"), []);
}

#[test]
fn folders_that_the_source_names() {
    let found = |named| {
        let folders = Folder::of_file(b"./top/a=1//b=2/p", named);
        folders
            .iter()
            .map(|folder| folder.is_found)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(1), [true, true]);
    assert_eq!(found(2), [false, true]);
    assert_eq!(found(usize::MAX), [false, false]);
    let all = Folder::all(b"/a=1/b=2/", 1);
    assert_eq!(all.len(), 2);
    assert!(!all[0].is_found && all[1].is_found);
}

#[test]
fn whole_numbers() {
    let integer = |text: &str| Folder::new(text.as_bytes(), true).unwrap().integer();
    assert_eq!(integer("a=-07"), Some(-7));
    assert_eq!(integer("a=9223372036854775807"), Some(i64::MAX));
    for text in [
        "a=",
        "a=+1",
        "a=1.0",
        "a= 1",
        "a=9223372036854775808",
        "a=%31x",
    ] {
        assert_eq!(integer(text), None, "{text}");
    }
}
