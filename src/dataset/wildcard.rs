//! Names with wildcards, by the rules of Python's `fnmatch`: `*`, `?`, `[a-z]`, `[!a-z]`. There is no
//! escape character; `[*]` matches a star.

use crate::dataset::natural::code_points;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Literal(u32),
    Set { not: bool, ranges: Vec<Range> },
}

/// Code points from the first to the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u32,
    last: u32,
}

const EXCLAMATION: u32 = '!' as u32;
const HYPHEN: u32 = '-' as u32;
const CLOSING: u32 = ']' as u32;

/// Whether a path has wildcards.
pub fn has_wildcard(path: &[u8]) -> bool {
    path.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// A name with wildcards.
#[derive(Debug)]
pub struct Wildcard(Vec<Token>);

impl Wildcard {
    /// Parses a name with wildcards.
    pub fn new(name: &[u8]) -> Self {
        let name = code_points(name);
        let mut tokens = Vec::with_capacity(name.len());
        let mut at = 0;
        while let Some(point) = name.get(at) {
            at += 1;
            tokens.push(match char::from_u32(*point) {
                Some('*') => Token::Star,
                Some('?') => Token::Any,
                Some('[') => match closing(&name, at) {
                    Some(end) => {
                        let set = set(&name[at..end]);
                        at = end + 1;
                        set
                    }
                    None => Token::Literal(*point),
                },
                _ => Token::Literal(*point),
            });
        }
        Self(tokens)
    }

    /// Whether a whole name matches.
    pub fn matches(&self, name: &[u8]) -> bool {
        let name = code_points(name);
        let mut token = 0;
        let mut at = 0;
        // The token after the last star, and where it was tried last.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(token), name.get(at)) {
                (Some(Token::Star), _) => {
                    token += 1;
                    retry = Some((token, at));
                }
                (None, None) => return true,
                (Some(wanted), Some(point)) if wanted.takes(*point) => {
                    token += 1;
                    at += 1;
                }
                _ => match retry {
                    Some((after_star, tried)) if tried < name.len() => {
                        token = after_star;
                        at = tried + 1;
                        retry = Some((after_star, at));
                    }
                    _ => return false,
                },
            }
        }
    }
}

impl Token {
    fn takes(&self, point: u32) -> bool {
        match self {
            Self::Star | Self::Any => true,
            Self::Literal(literal) => *literal == point,
            Self::Set { not, ranges } => {
                let is_in = |range: &Range| range.first <= point && point <= range.last;
                ranges.iter().any(is_in) != *not
            }
        }
    }
}

/// The index of the bracket that closes the set at `start`. A bracket that comes first is a member.
fn closing(name: &[u32], start: usize) -> Option<usize> {
    let mut first = start;
    first += usize::from(name.get(first) == Some(&EXCLAMATION));
    first += usize::from(name.get(first) == Some(&CLOSING));
    let found = name.get(first..)?.iter().position(|p| *p == CLOSING)?;
    Some(first + found)
}

/// The set of the characters between two brackets.
fn set(members: &[u32]) -> Token {
    let not = members.first() == Some(&EXCLAMATION);
    let members = &members[usize::from(not)..];
    let mut chunks = chunks(members);
    // The end of a chunk and the beginning of the next one are the ends of a range. A range that runs
    // backwards is empty.
    for at in (1..chunks.len()).rev() {
        if chunks[at - 1].last() > chunks[at].first() {
            let next = chunks.remove(at);
            chunks[at - 1].pop();
            chunks[at - 1].extend(&next[1..]);
        }
    }
    let pairs = chunks.iter().zip(chunks.iter().skip(1));
    let between = pairs.filter_map(|(one, next)| {
        Some(Range {
            first: *one.last()?,
            last: *next.first()?,
        })
    });
    let single = |point: &u32| Range {
        first: *point,
        last: *point,
    };
    let ranges = between.chain(chunks.iter().flatten().map(single));
    Token::Set {
        not,
        ranges: ranges.collect(),
    }
}

/// Splits members at the hyphens of ranges. A hyphen that comes first or last, or right after a range,
/// is a member.
fn chunks(members: &[u32]) -> Vec<Vec<u32>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut from = 1;
    while let Some(found) = members
        .get(from..)
        .and_then(|rest| rest.iter().position(|point| *point == HYPHEN))
    {
        let hyphen = from + found;
        chunks.push(members[start..hyphen].to_vec());
        start = hyphen + 1;
        from = hyphen + 3;
    }
    match (&members[start..], chunks.last_mut()) {
        ([], Some(last)) => last.push(HYPHEN),
        (rest, _) => chunks.push(rest.to_vec()),
    }
    chunks
}
