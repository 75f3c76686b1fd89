//! Files and folders stay small, and parameters are what they say.

use std::collections::BTreeMap;

use super::sources::{File, sources};

const MOST_LINES: usize = 400;
const MOST_FILES: usize = 14;
const MOST_PAIRS: usize = 12;

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    let files = sources();
    for file in &files {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines", file.path));
        }
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin by saying what it is", file.path));
        }
    }
    let most = files.iter().map(|file| file.text.lines().count()).max();
    println!("{} lines in the longest file", most.unwrap_or(0));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn folders_are_small_and_say_what_is_in_them() {
    let files = sources();
    let mut folders: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in &files {
        let (folder, _) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        folders.entry(folder).or_default().push(file);
    }
    let mut wrong = Vec::new();
    for (folder, files) in &folders {
        if files.len() > MOST_FILES {
            wrong.push(format!("{folder} has {} files", files.len()));
        }
        let index = files.iter().find(|file| file.is_index());
        for file in files
            .iter()
            .filter(|file| !file.is_index() && !file.is_test())
        {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let row = format!("`{}`", name.trim_end_matches(".rs"));
            let lines = index.into_iter().flat_map(|index| index.text.lines());
            let mut rows = lines.filter(|line| line.starts_with("//! |"));
            if !folder.is_empty() && !rows.any(|line| line.contains(&row)) {
                wrong.push(format!("the index of {folder} does not name {row}"));
            }
        }
    }
    let most = folders.values().map(Vec::len).max();
    println!("{} files in the largest folder", most.unwrap_or(0));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The parameters of all functions that are tuples.
fn tuples(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in file.code.match_indices("fn ") {
        let head = &file.code[at + 3..];
        let name: String = head
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if name.is_empty() {
            continue;
        }
        for parameter in parameters(head) {
            let (_, kind) = parameter.rsplit_once("): ").unwrap_or(("", &parameter));
            let kind = kind.split_once(": ").map_or(kind, |(_, kind)| kind);
            let kind = kind
                .trim_start_matches(['&', ' '])
                .trim_start_matches("mut ");
            let is_tuple =
                kind.starts_with('(') && !kind.starts_with("(dyn") && !kind.starts_with("(impl");
            if is_tuple && kind != "()" {
                found.push(format!("{}: {name}({})", file.path, parameter.trim()));
            }
        }
    }
    found
}

/// The parameters of a function, from its name on.
fn parameters(head: &str) -> Vec<String> {
    let Some(start) = head.find('(') else {
        return Vec::new();
    };
    let (mut depth, mut parameters) = (0_i32, vec![String::new()]);
    for c in head[start..].chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if !parameters.last().is_some_and(|text| text.ends_with('-')) => depth -= 1,
            ',' if depth == 1 => {
                parameters.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if let Some(last) = parameters.last_mut()
            && (depth > 1 || c != '(')
        {
            last.push(if c == '\n' { ' ' } else { c });
        }
    }
    parameters
}

#[test]
fn parameters_that_belong_together_have_a_name() {
    let files = sources();
    let files = files.iter().filter(|file| !file.is_test());
    let found: Vec<String> = files.flat_map(tuples).collect();
    println!(
        "{} parameters are tuples:\n{}",
        found.len(),
        found.join("\n")
    );
    assert!(found.len() <= MOST_PAIRS, "{}", found.join("\n"));
}

#[test]
fn a_tuple_is_found() {
    let text = "fn f(a: usize, (low, high): (u64, u64), each: impl Fn(u8) -> (u8, u8)) {}\n\
                fn g(&self, both: &(A, B), none: ()) -> (u8, u8) {}";
    assert_eq!(tuples(&File::new("a.rs", text)).len(), 2);
}
