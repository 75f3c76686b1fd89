//! How the levels of a leaf say where there is a value: how deep it is in structs and lists.

/// How a leaf is nested, as far as its levels need it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Nesting {
    /// The definition level of a value: how many of the elements that it is in, itself included, may be
    /// absent or repeat.
    pub definition: u8,
    /// The definition level from which on a list has an item; 0 where nothing repeats.
    pub item: u8,
}

impl Nesting {
    /// A column that is in nothing.
    pub const fn flat(nullable: bool) -> Self {
        Self {
            definition: if nullable { 1 } else { 0 },
            item: 0,
        }
    }

    /// Whether each value of the column is a list.
    pub const fn is_vector(self) -> bool {
        self.item > 0
    }

    /// Whether a value can be missing, or a list, or an item of one.
    pub const fn is_nullable(self) -> bool {
        self.definition > self.item || self.item > 1
    }

    /// Whether pages have definition levels.
    pub const fn has_levels(self) -> bool {
        self.definition > 0
    }

    /// Bits of a definition level.
    pub const fn bits(self) -> u32 {
        u8::BITS - self.definition.leading_zeros()
    }
}
