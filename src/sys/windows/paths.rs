//! Paths: as bytes with slashes between names, which is how sources are listed, and as Windows takes
//! them.

use std::borrow::Cow;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::{Path, absolute};

/// The longest path that every call takes as it is.
const SHORT: usize = 240;

/// The path that these bytes spell. A name with half a character, which Windows allows, is no text; its
/// path is one that no file has.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(std::str::from_utf8(bytes).unwrap_or("\u{FFFD}"))
}

/// A path as names with slashes between them, whichever of both strokes it has.
pub fn slashed(path: &[u8]) -> Cow<'_, [u8]> {
    if !path.contains(&b'\\') {
        return Cow::Borrowed(path);
    }
    let turned = path.iter().map(|byte| match byte {
        b'\\' => b'/',
        byte => *byte,
    });
    Cow::Owned(turned.collect())
}

/// A path for calls that take 16-bit characters and a null behind them. A long one is written in the
/// form that has no limit.
pub(super) fn wide(path: &Path) -> io::Result<Vec<u16>> {
    let whole = absolute(path)?;
    let mut text: Vec<u16> = whole.as_os_str().encode_wide().collect();
    if text.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let begins = |with: &str| {
        let with: Vec<u16> = with.encode_utf16().collect();
        text.starts_with(&with)
    };
    if text.len() > SHORT && !begins(r"\\?\") && !begins(r"\\.\") {
        let (prefix, kept) = if begins(r"\\") {
            (r"\\?\UNC\", 2)
        } else {
            (r"\\?\", 0)
        };
        text = prefix.encode_utf16().chain(text.drain(kept..)).collect();
    }
    text.push(0);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_become_slashes() {
        assert_eq!(&*slashed(br"C:\data/a\b.parquet"), b"C:/data/a/b.parquet");
        assert_eq!(&*slashed(b"a/b"), b"a/b");
    }

    #[test]
    fn a_long_path_has_the_form_without_a_limit() {
        let text = |path: &str| {
            let text = wide(Path::new(path)).unwrap();
            String::from_utf16(&text[..text.len() - 1]).unwrap()
        };
        let long = "a".repeat(250);
        assert_eq!(text(r"C:\a\b"), r"C:\a\b");
        assert_eq!(text(&format!(r"C:\{long}")), format!(r"\\?\C:\{long}"));
        let shared = text(&format!(r"\\server\share\{long}"));
        assert_eq!(shared, format!(r"\\?\UNC\server\share\{long}"));
    }
}
