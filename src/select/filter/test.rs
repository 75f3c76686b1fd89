//! One condition in the form of one column: a set of ordered values, and what a null gives. A null is
//! no value, so the caller, who asks for many rows at once, says which are null.

use crate::key::KeyForm;
use crate::parquet::KeyFamily;
use crate::select::filter::constant::{nan_key, number_spot, text_spot};
use crate::select::filter::request::{Condition, Constant, Operator};
use crate::select::filter::turns::{Spot, Turns};

/// Most turns that each value is held against, instead of searching among them.
const MOST_LINEAR: usize = 12;
/// Bytes of the widest numbers that a word holds.
const WORD: usize = 8;

/// The values for which a condition holds, in one form.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// Numbers.
    Numbers {
        turns: Turns<u128>,
        /// Whether all numbers of the form fit a word.
        narrow: bool,
    },
    /// Byte strings.
    Texts(Turns<Vec<u8>>),
}

/// The form's first value, and the first of its values that no order holds for.
struct Ends<T> {
    least: T,
    unordered: Option<T>,
}

impl Test {
    /// The test of values of a form; an error is the constant that is of another kind.
    pub(super) fn new<'a>(form: &KeyForm, condition: &'a Condition) -> Result<Self, &'a Constant> {
        if form.width.is_none() {
            let ends = Ends {
                least: Vec::new(),
                unordered: None,
            };
            return turns(condition, &ends, &text_spot).map(Self::Texts);
        }
        let ends = Ends {
            least: 0,
            unordered: (form.family == KeyFamily::Float).then(nan_key),
        };
        let spot = |constant: &Constant| match form.family {
            // There are no values to compare.
            KeyFamily::Null => Some(Spot {
                start: None,
                after: None,
            }),
            _ => number_spot(form, constant),
        };
        Ok(Self::Numbers {
            turns: turns(condition, &ends, &spot)?,
            narrow: form.width.is_some_and(|width| width <= WORD),
        })
    }

    /// Sets the bit of each number for which the condition holds, 64 rows a word.
    pub(super) fn numbers(&self, numbers: &[u128], kept: &mut [u64]) {
        let Self::Numbers { turns, narrow } = self else {
            return;
        };
        for (word, block) in kept.iter_mut().zip(numbers.chunks(64)) {
            *word = match turns.all() {
                [] => 0,
                few if few.len() > MOST_LINEAR => searched(turns, block),
                few if *narrow => passed_narrow(few, block),
                few => passed(few, block),
            };
        }
    }

    /// How many bytes of a text decide: the rest of a longer one cannot bring it past another turn.
    pub(super) fn deciding(&self) -> usize {
        match self {
            Self::Texts(turns) => turns.all().iter().map(Vec::len).max().unwrap_or(0),
            Self::Numbers { .. } => 0,
        }
    }

    /// Whether the condition holds for a number.
    pub(super) fn holds_for_number(&self, number: u128) -> bool {
        match self {
            Self::Numbers { turns, .. } => turns.contains(&number),
            Self::Texts(_) => false,
        }
    }

    /// Whether the condition holds for a byte string.
    pub(super) fn holds_for(&self, text: &[u8]) -> bool {
        match self {
            Self::Texts(turns) => turns.contains(text),
            Self::Numbers { .. } => false,
        }
    }
}

/// The values of a condition, where `spot` says where its constants are.
fn turns<'a, T: Ord + Clone>(
    condition: &'a Condition,
    ends: &Ends<T>,
    spot: &dyn Fn(&Constant) -> Option<Spot<T>>,
) -> Result<Turns<T>, &'a Constant> {
    let least = || ends.least.clone();
    let constants = condition.values.iter();
    let constants = constants.filter(|constant| **constant != Constant::Null);
    let spots = constants.clone().map(|c| spot(c).ok_or(c));
    let mut spots = spots.collect::<Result<Vec<_>, _>>()?;
    match condition.operator {
        Operator::Is => return Ok(Turns::EMPTY),
        Operator::IsNot => return Ok(Turns::EMPTY.complement(least())),
        Operator::In => return Ok(Turns::union(spots)),
        Operator::NotIn => return Ok(Turns::union(spots).complement(least())),
        _ => {}
    }
    // What is compared with a null is neither true nor false.
    let Some(Spot { start, after }) = spots.pop() else {
        return Ok(Turns::EMPTY);
    };
    if condition.values.iter().any(Constant::is_nan) {
        return Ok(match condition.operator {
            Operator::NotEqual => Turns::EMPTY.complement(least()),
            _ => Turns::EMPTY,
        });
    }
    let top = || ends.unordered.clone();
    Ok(match condition.operator {
        Operator::Less => Turns::between(Some(least()), start.or_else(top)),
        Operator::LessOrEqual => Turns::between(Some(least()), after.or_else(top)),
        Operator::Greater => Turns::between(after, top()),
        Operator::GreaterOrEqual => Turns::between(start, top()),
        Operator::NotEqual => Turns::between(start, after).complement(least()),
        _ => Turns::between(start, after),
    })
}

/// Which of up to 64 numbers have passed an odd number of turns.
fn passed(turns: &[u128], block: &[u128]) -> u64 {
    turns.iter().fold(0, |kept, turn| {
        let bits = block.iter().rev();
        kept ^ bits.fold(0, |word, number| word << 1 | u64::from(number >= turn))
    })
}

/// The same for numbers of one word.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the form says that they fit a word"
)]
fn passed_narrow(turns: &[u128], block: &[u128]) -> u64 {
    let mut words = [0_u64; 64];
    for (word, number) in words.iter_mut().zip(block) {
        *word = *number as u64;
    }
    let words = &words[..block.len()];
    turns.iter().fold(0, |kept, turn| {
        let turn = *turn as u64;
        let bits = words.iter().rev();
        kept ^ bits.fold(0, |word, number| word << 1 | u64::from(*number >= turn))
    })
}

/// The same, by a search for each number.
fn searched(turns: &Turns<u128>, block: &[u128]) -> u64 {
    let bits = block.iter().rev();
    bits.fold(0, |word, number| {
        word << 1 | u64::from(turns.contains(number))
    })
}
