//! Who wrote a file, as far as it matters: what some writers are known to say wrongly.
//!
//! A claim is only ever forgiven where the page itself tells the truth.

/// The beginning of a writer's name by which it is known.
pub const FRONT: usize = 12;

/// What a writer is known for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Writer {
    /// Without statistics it does not count the nulls of a page: 0 or -1 may mean any number
    /// (apache/arrow#34326, apache/arrow-rs#2185, apache/parquet-java#3585).
    pub forgets_nulls: bool,
    /// Its packed levels have the first one in the lowest bit, which the format puts highest.
    pub packs_upwards: bool,
    /// Its second version of pages is compressed, whatever the page says (apache/arrow#8629).
    pub always_compresses: bool,
}

impl Writer {
    /// The writer whose name, as the footer tells it, begins like this.
    pub fn of(name: &[u8; FRONT]) -> Self {
        let forgetful: [&[u8]; 3] = [b"parquet-mr", b"parquet-cpp", b"parquet-rs"];
        Self {
            forgets_nulls: forgetful.iter().any(|front| name.starts_with(front)),
            packs_upwards: name.starts_with(b"impala"),
            // Since Arrow 3.0 the name goes on with "-arrow".
            always_compresses: name.starts_with(b"parquet-cpp "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_are_known_by_their_names() {
        let forgetful = Writer {
            forgets_nulls: true,
            ..Writer::default()
        };
        assert_eq!(Writer::of(b"parquet-mr v"), forgetful);
        assert_eq!(Writer::of(b"parquet-cpp-"), forgetful);
        assert_eq!(Writer::of(b"parquet-rs v"), forgetful);
        assert!(Writer::of(b"parquet-cpp ").always_compresses);
        assert!(Writer::of(b"impala versi").packs_upwards);
        assert_eq!(Writer::of(b"somebody els"), Writer::default());
        assert_eq!(Writer::of(&[0; FRONT]), Writer::default());
    }
}
