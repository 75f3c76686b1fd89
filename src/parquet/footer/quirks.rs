//! Which program wrote a file, as far as it matters: wrong claims that some are known for.
//!
//! A wrong claim is tolerated only where the page itself shows what is right.

/// The beginning of a writer's name by which it is known.
pub const FRONT: usize = 28;

/// The program that a file was written by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WrittenBy {
    /// One without known mistakes.
    #[default]
    Other,
    /// `parquet-java`.
    Java,
    /// The same before 1.2.9.
    OldJava,
    /// Arrow's C++.
    Arrow,
    /// The same from 3.0 to 5.0.
    EarlyArrow,
    /// The same before 3.0.
    OldArrow,
    /// The `parquet` crate.
    Rust,
    /// `xitongsys/parquet-go` and its forks.
    Go,
    /// Impala.
    Impala,
}

impl WrittenBy {
    /// The writer whose name in the footer begins like this; zeros follow its end.
    pub fn of(name: &[u8; FRONT]) -> Self {
        if let Some(rest) = name.strip_prefix(b"parquet-mr") {
            return if is_before_1_2_9(rest) {
                Self::OldJava
            } else {
                Self::Java
            };
        }
        let known: [(&[u8], Self); 9] = [
            (b"parquet-cpp ", Self::OldArrow),
            (b"parquet-cpp-arrow version 3.", Self::EarlyArrow),
            (b"parquet-cpp-arrow version 4.", Self::EarlyArrow),
            (b"parquet-cpp-arrow version 5.", Self::EarlyArrow),
            (b"parquet-cpp-arrow ", Self::Arrow),
            (b"parquet-rs ", Self::Rust),
            (b"parquet-go ", Self::Go),
            (b"github.com/hangxie/", Self::Go),
            (b"impala ", Self::Impala),
        ];
        let found = known.iter().find(|(front, _)| name.starts_with(front));
        found.map_or(Self::Other, |(_, writer)| *writer)
    }

    /// Without statistics it does not count the nulls of a page: 0 or -1 may mean any number
    /// (apache/arrow#34326, apache/arrow-rs#2185, apache/parquet-java#3585).
    pub const fn forgets_nulls(self) -> bool {
        matches!(
            self,
            Self::Java
                | Self::OldJava
                | Self::Arrow
                | Self::EarlyArrow
                | Self::OldArrow
                | Self::Rust
        )
    }

    /// Pages of lists count their nulls wrongly (apache/arrow#28438).
    pub const fn miscounts_items(self) -> bool {
        matches!(self, Self::EarlyArrow | Self::OldArrow)
    }

    /// The nulls of a chunk of lists are all levels without a value, lists that are missing or empty
    /// included. Others count items alone.
    pub const fn counts_missing_lists(self) -> bool {
        matches!(self, Self::Java | Self::Arrow | Self::Rust)
    }

    /// The rows of a page of version 2 are 0 where nothing repeats.
    pub const fn forgets_rows(self) -> bool {
        matches!(self, Self::Go)
    }

    /// The header of a dictionary page is not among the bytes of its chunk (apache/arrow#42298).
    pub const fn forgets_headers(self) -> bool {
        matches!(self, Self::OldJava)
    }

    /// Pages of version 2 are compressed, whatever they say (apache/arrow#8629).
    pub const fn always_compresses(self) -> bool {
        matches!(self, Self::OldArrow)
    }

    /// A dictionary that it is given is written as it is, with entries that no row uses.
    pub const fn keeps_dictionaries(self) -> bool {
        matches!(self, Self::Arrow | Self::EarlyArrow | Self::OldArrow)
    }

    /// The first of packed levels is in the lowest bit, which the format puts highest.
    pub const fn packs_upwards(self) -> bool {
        matches!(self, Self::Impala)
    }
}

/// Whether an old version follows Java's name; the oldest state none.
fn is_before_1_2_9(rest: &[u8]) -> bool {
    match rest.strip_prefix(b" version 1.") {
        Some([b'0' | b'1', b'.', ..]) => true,
        Some([b'2', b'.', b'0'..=b'8', next, ..]) => !next.is_ascii_digit(),
        Some(_) => false,
        None => rest.first() == Some(&0) || rest.starts_with(b" (build"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_are_known_by_their_names() {
        for (name, writer) in [
            ("parquet-mr version 1.12.0 (build db75a68)", WrittenBy::Java),
            ("parquet-mr version 1.2.9", WrittenBy::Java),
            ("parquet-mr version 1.2.10", WrittenBy::Java),
            ("parquet-mr compatible Photon version 0.2", WrittenBy::Java),
            ("parquet-mr version 1.2.8", WrittenBy::OldJava),
            ("parquet-mr version 1.2.5-cdh4.5.0", WrittenBy::OldJava),
            ("parquet-mr version 1.0.1", WrittenBy::OldJava),
            ("parquet-mr (build 32c4664)", WrittenBy::OldJava),
            ("parquet-mr", WrittenBy::OldJava),
            ("parquet-cpp-arrow version 10.0.1", WrittenBy::Arrow),
            ("parquet-cpp-arrow version 30.0.0", WrittenBy::Arrow),
            ("parquet-cpp-arrow version 6.0.0", WrittenBy::Arrow),
            ("parquet-cpp-arrow version 5.0.0", WrittenBy::EarlyArrow),
            ("parquet-cpp version 1.5.1-SNAPSHOT", WrittenBy::OldArrow),
            ("parquet-rs version 15.0.0", WrittenBy::Rust),
            ("parquet-go version latest", WrittenBy::Go),
            ("github.com/hangxie/parquet-go/v3", WrittenBy::Go),
            ("impala version 2.11.0", WrittenBy::Impala),
            ("another writer", WrittenBy::Other),
            ("", WrittenBy::Other),
        ] {
            let mut front = [0; FRONT];
            let length = name.len().min(FRONT);
            front[..length].copy_from_slice(&name.as_bytes()[..length]);
            assert_eq!(WrittenBy::of(&front), writer, "{name}");
        }
    }
}
