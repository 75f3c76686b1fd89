//! The natural order of paths, and paths taken apart.

use crate::dataset::natural::{Key, code_points, parts};

#[test]
fn numbers_are_compared_as_numbers() {
    let sorted = [
        "1/z",
        "2",
        "2/a",
        "02/b",
        "10/a",
        "a",
        "a01",
        "a1",
        "a1b",
        "a2",
        "a99999999999999999999999999",
        "a100000000000000000000000000",
        "b/1",
        "b/a",
        "é",
    ];
    let mut shuffled = sorted;
    shuffled.reverse();
    shuffled.sort_by_key(|path| Key::new(path.as_bytes()));
    assert_eq!(shuffled, sorted);
}

#[test]
fn a_path_is_taken_apart() {
    let root = |path: &'static str| parts(path.as_bytes()).root.len();
    assert_eq!(["a", "/a", "//a", "///a"].map(root), [0, 1, 2, 1]);
    assert_eq!(parts(b"./a//b/./..").names, [&b"a"[..], b"b", b".."]);
    assert_eq!(code_points(b"a\xc3\xa9\xff"), [0x61, 0xe9, 0xdcff]);
}
