//! The natural order of paths: `part-2` before `part-10`, folder by folder. Text is compared by code
//! points, and a byte that is no UTF-8 counts as the lone surrogate that Python makes of it.

/// One piece of a name: a run of digits, or of anything else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    /// Digits without leading zeros, of which the longer ones are the greater number.
    Number {
        length: usize,
        digits: Vec<u8>,
    },
    Text(Vec<u32>),
}

/// What a path is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    parts: Vec<Vec<Piece>>,
    path: Vec<u32>,
}

impl Key {
    /// The key of a path.
    pub fn new(path: &[u8]) -> Self {
        let parts = parts(path);
        let root = [parts.root].into_iter().filter(|root| !root.is_empty());
        Self {
            parts: root.chain(parts.names).map(pieces).collect(),
            path: code_points(path),
        }
    }
}

fn pieces(name: &[u8]) -> Vec<Piece> {
    let runs = name.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let piece = |run: &[u8]| {
        if !run.first().is_some_and(u8::is_ascii_digit) {
            return Piece::Text(code_points(run));
        }
        let zeros = run.iter().take_while(|digit| **digit == b'0').count();
        Piece::Number {
            length: run.len() - zeros,
            digits: run[zeros..].to_vec(),
        }
    };
    runs.map(piece).collect()
}

/// A path, taken apart.
#[derive(Debug)]
pub struct Parts<'a> {
    /// One slash, or two where it begins with exactly two, or none.
    pub root: &'a [u8],
    /// The names, without empty ones and `.`.
    pub names: Vec<&'a [u8]>,
}

/// Takes a path apart.
pub fn parts(path: &[u8]) -> Parts<'_> {
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    let root = if slashes > 2 { 1 } else { slashes };
    let names = path.split(|byte| *byte == b'/');
    Parts {
        root: &path[..root],
        names: names.filter(|name| !matches!(*name, b"" | b".")).collect(),
    }
}

/// The code points of a text.
pub fn code_points(text: &[u8]) -> Vec<u32> {
    const FIRST_SURROGATE: u32 = 0xDC00;
    let mut points = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        points.extend(chunk.valid().chars().map(u32::from));
        let strange = chunk.invalid().iter();
        points.extend(strange.map(|byte| FIRST_SURROGATE + u32::from(*byte)));
    }
    points
}
