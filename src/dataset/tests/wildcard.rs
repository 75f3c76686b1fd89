//! Wildcards match names as `fnmatch` does.

use crate::dataset::wildcard::Wildcard;

fn matched(pattern: &str, names: &str) -> String {
    let wildcard = Wildcard::new(pattern.as_bytes());
    let matched = names
        .split(' ')
        .filter(|name| wildcard.matches(name.as_bytes()));
    matched.collect::<Vec<_>>().join(" ")
}

#[test]
fn names_are_matched_whole() {
    assert_eq!(matched("*a*b", "ab xaxb aba b axxbxxb"), "ab xaxb axxbxxb");
    assert_eq!(matched("?", "a é ab"), "a é");
    assert_eq!(matched("a**?", "a ab abc"), "ab abc");
    assert_eq!(matched("*", "a ab"), "a ab");
}

#[test]
fn sets_are_read_as_fnmatch_reads_them() {
    let all = "a b c d z - ] [ ! ^ \\ é";
    assert_eq!(matched("[a-c]", all), "a b c");
    assert_eq!(matched("[!a-c]", all), "d z - ] [ ! ^ \\ é");
    assert_eq!(matched("[]a]", all), "a ]");
    assert_eq!(matched("[!]a]", all), "b c d z - [ ! ^ \\ é");
    assert_eq!(matched("[a-]", all), "a -");
    assert_eq!(matched("[-a]", all), "a -");
    assert_eq!(matched("[c-a]", all), "");
    assert_eq!(matched("[!c-a]", all), all);
    assert_eq!(matched("[d-az]", all), "z");
    assert_eq!(matched("[a-b-d]", all), "a b d -");
    assert_eq!(matched("[^a]", all), "a ^");
    assert_eq!(matched("[\\]", all), "\\");
    assert_eq!(matched("[", all), "[");
    assert_eq!(matched("[a", "[a a"), "[a");
    assert_eq!(matched("[!]", "[!] a"), "[!]");
}
