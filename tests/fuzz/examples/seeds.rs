//! Cuts Parquet files into seeds: `seeds OUT PATH...` writes `OUT/footer`, `OUT/pages` and
//! `OUT/file`. What is too large for a target is left out.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use onecopy::account::Account;
use onecopy::io::Source;
use onecopy::parquet::Footer;
use onecopy_fuzz::claims::Claims;

/// Longest seed of each target.
const MOST_FOOTER: usize = 8 << 10;
const MOST_PAGES: usize = 8 << 10;
const MOST_FILE: usize = 12 << 10;

fn keep(folder: &Path, target: &str, seed: &[u8]) -> std::io::Result<()> {
    let mut hash = DefaultHasher::new();
    seed.hash(&mut hash);
    fs::write(
        folder.join(target).join(format!("{:016x}", hash.finish())),
        seed,
    )
}

fn files(path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            files(&entry?.path(), found)?;
        }
    } else {
        found.push(path.to_path_buf());
    }
    Ok(())
}

/// The bytes of the footer, if the file ends as one.
fn footer(file: &[u8]) -> Option<&[u8]> {
    let (front, tail) = file.split_last_chunk::<8>()?;
    let length = u32::from_le_bytes(*tail.first_chunk()?) as usize;
    front.get(front.len().checked_sub(length)?..)
}

fn chunks(path: &Path, file: &[u8], folder: &Path) -> Result<(), Box<dyn Error>> {
    let account = Account::new(1 << 20);
    let source = Source::open(path, None)?;
    let mut seeds = Vec::new();
    Footer::walk(&source, &account, &mut |schema, row_group| {
        for column in &schema.columns {
            let Ok(chunk) = row_group.chunk(column.leaf, None, column.nesting, file.len() as u64)
            else {
                continue;
            };
            let (start, bytes) = (chunk.start as usize, chunk.bytes as usize);
            let claims = Claims::of(column, &chunk).filter(|_| bytes <= MOST_PAGES);
            if let Some(claims) = claims {
                seeds.push([&claims.bytes()[..], &file[start..start + bytes]].concat());
            }
        }
        Ok(())
    })?;
    for seed in seeds {
        keep(folder, "pages", &seed)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().ok_or("usage: seeds OUT PATH...")?;
    for target in ["footer", "pages", "file"] {
        fs::create_dir_all(folder.join(target))?;
    }
    let mut found = Vec::new();
    for path in arguments {
        files(&path, &mut found)?;
    }
    for path in found {
        let file = fs::read(&path)?;
        if file.len() <= MOST_FILE {
            keep(&folder, "file", &file)?;
        }
        if let Some(footer) = footer(&file).filter(|footer| footer.len() <= MOST_FOOTER) {
            keep(&folder, "footer", footer)?;
        }
        // What cannot be walked has no chunks to cut out.
        let _ = chunks(&path, &file, &folder);
    }
    Ok(())
}
