//! Files that import each other, however long the way round.

use super::sources::{File, owner, sources};

/// For each file, the files that it imports.
fn imports(files: &[File]) -> Vec<Vec<usize>> {
    files
        .iter()
        .enumerate()
        .map(|(own, file)| {
            if file.is_test() {
                return Vec::new();
            }
            let owners = file
                .paths()
                .into_iter()
                .filter_map(|path| owner(files, &path));
            let mut others: Vec<usize> = owners.filter(|other| *other != own).collect();
            others.sort_unstable();
            others.dedup();
            others
        })
        .collect()
}

/// The files that a file reaches by its imports.
fn reached(imports: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut seen = vec![false; imports.len()];
    let mut left = imports[from].clone();
    while let Some(file) = left.pop() {
        if !std::mem::replace(&mut seen[file], true) {
            left.extend(&imports[file]);
        }
    }
    seen
}

/// The circles: files that all reach each other.
fn circles(files: &[File]) -> Vec<Vec<&str>> {
    let imports = imports(files);
    let reached: Vec<Vec<bool>> = (0..files.len())
        .map(|from| reached(&imports, from))
        .collect();
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for (one, from_one) in reached.iter().enumerate() {
        let others = (0..files.len()).filter(|other| from_one[*other] && reached[*other][one]);
        let circle: Vec<&str> = others.map(|other| files[other].path.as_str()).collect();
        if !circle.is_empty() && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

#[test]
fn no_file_imports_itself_by_others() {
    let files = sources();
    let circles: Vec<String> = circles(&files)
        .iter()
        .map(|circle| circle.join(" <-> "))
        .collect();
    println!("{} circles between {} files", circles.len(), files.len());
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let files = [
        File::new("a.rs", "use crate::b::Thing;"),
        File::new("b.rs", "use crate::c::Thing;"),
        File::new("c.rs", "fn f() { crate::a::g() }"),
        File::new("d.rs", "use crate::a::Thing;"),
    ];
    assert_eq!(circles(&files), [["a.rs", "b.rs", "c.rs"]]);
}
