//! Names with wildcards, as Python's `fnmatch` reads them: `*`, `?`, `[a-z]`, `[!a-z]`. There is no
//! escape character; `[*]` is a star.

use std::ops::RangeInclusive;

use crate::dataset::natural::code_points;

/// What one place of a name must be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Literal(u32),
    Set {
        not: bool,
        ranges: Vec<RangeInclusive<u32>>,
    },
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
    /// Reads a name.
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
        // The token behind the last star, and where it was tried last.
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
                    Some((behind_star, tried)) if tried < name.len() => {
                        token = behind_star;
                        at = tried + 1;
                        retry = Some((behind_star, at));
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
            Self::Set { not, ranges } => ranges.iter().any(|range| range.contains(&point)) != *not,
        }
    }
}

/// Where the set that begins at `start` ends. A bracket that comes first is a member.
fn closing(name: &[u32], start: usize) -> Option<usize> {
    let mut first = start;
    first += usize::from(name.get(first) == Some(&EXCLAMATION));
    first += usize::from(name.get(first) == Some(&CLOSING));
    let found = name.get(first..)?.iter().position(|p| *p == CLOSING)?;
    Some(first + found)
}

/// The set of what stands between the brackets. A hyphen that comes first or last, or just behind a
/// range, is a member; a range that runs backwards is empty.
fn set(members: &[u32]) -> Token {
    let not = members.first() == Some(&EXCLAMATION);
    let mut left = &members[usize::from(not)..];
    let mut ranges = Vec::new();
    while let [first, rest @ ..] = left {
        let (last, rest) = match rest {
            [HYPHEN, last, rest @ ..] => (last, rest),
            _ => (first, rest),
        };
        ranges.push(*first..=*last);
        left = rest;
    }
    Token::Set { not, ranges }
}
