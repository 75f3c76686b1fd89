//! The natural order of paths: `part-2` before `part-10`, folder by folder. Text is compared by code
//! points, and a byte that is not UTF-8 counts as the lone surrogate that Python decodes it to.

/// A part of a name. Names begin with text and alternate between text and numbers, so that only parts
/// of one kind are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Text(Vec<u32>),
    Number(Number),
}

/// Digits without leading zeros, so that more digits are a greater number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    length: usize,
    digits: Vec<u8>,
}

/// The key by which paths are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    parts: Vec<Vec<Piece>>,
    path: Vec<u32>,
}

impl Key {
    /// The key of a path.
    pub fn new(path: &[u8]) -> Self {
        let parts = parts(path);
        let root = (!parts.root.is_empty()).then(|| pieces(parts.root));
        Self {
            parts: root
                .into_iter()
                .chain(parts.names.into_iter().map(pieces))
                .collect(),
            path: code_points(path),
        }
    }
}

fn pieces(name: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = name;
    loop {
        let text = rest.iter().take_while(|byte| !byte.is_ascii_digit());
        let (text, after) = rest.split_at(text.count());
        pieces.push(Piece::Text(code_points(text)));
        if after.is_empty() {
            return pieces;
        }
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, after) = after.split_at(digits.count());
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let digits = digits[zeros..].to_vec();
        let length = digits.len();
        pieces.push(Piece::Number(Number { length, digits }));
        rest = after;
    }
}

/// The parts of a path.
#[derive(Debug)]
pub struct Parts<'a> {
    /// One slash, or two where it begins with exactly two, or none.
    pub root: &'a [u8],
    /// All names, except for empty ones and `.`.
    pub names: Vec<&'a [u8]>,
}

/// Splits a path into its parts.
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
