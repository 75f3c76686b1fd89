//! A filter: what is requested, bound to the columns of files. Each file may store a column in its own
//! type; a condition is made a test in each form that occurs, so that values are compared as they are
//! and none is brought to a common type.

use crate::dataset::names::{absent, not_found};
use crate::dataset::{Dataset, Layout};
use crate::error::{Error, Result};
use crate::key::column::KeyColumn;
use crate::key::form::key_slot;
use crate::key::{KeyForm, KeySlot};
use crate::select::filter::constant::expected;
use crate::select::filter::request::{Condition, Constant, FilterRequest, Operator};
use crate::select::filter::test::Test;

/// Words of 64 rows that are tested at a time.
const WORDS: usize = crate::key::column::KEY_ROWS / 64;

/// Entries of a dictionary that are remembered: the first ones, of all that are as small as dictionaries
/// should be.
const MOST_SEEN: usize = 1 << 16;

/// A filter that is bound to files.
#[derive(Debug)]
pub struct Filter {
    columns: Vec<FilterColumn>,
    any: Vec<Vec<Clause>>,
}

/// A column that a filter looks at.
#[derive(Debug)]
pub struct FilterColumn {
    /// Its name.
    pub name: String,
    /// For each layout, where it is; `None` if the files lack it, and all rows are null.
    slots: Vec<Option<Slot>>,
    /// The forms that it has in any of them.
    forms: Vec<KeyForm>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    key: KeySlot,
    /// The number of its form.
    form: usize,
}

/// For each condition, what it says of the entries of the dictionary of a row group that were seen.
#[derive(Debug, Default)]
pub struct SeenEntries {
    clauses: Vec<Vec<Seen>>,
}

impl SeenEntries {
    /// Forgets the entries, for the next row group.
    pub fn clear(&mut self) {
        self.clauses.clear();
    }
}

/// What a condition says of an entry of a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    Fails,
    Holds,
}

/// A condition on a column.
#[derive(Debug)]
pub(super) struct Clause {
    /// The number of the column.
    pub(super) column: usize,
    /// Whether it holds for a null.
    pub(super) null: bool,
    /// For each form of the column, what it is there.
    tests: Vec<Test>,
}

impl Filter {
    /// Binds a request to files. Those that lack a column are refused, unless `may_lack` says that it
    /// is null there.
    pub fn new(dataset: &Dataset, request: &FilterRequest, may_lack: bool) -> Result<Self> {
        let lists = request.any.iter();
        if request.any.is_empty() || lists.clone().any(Vec::is_empty) {
            let what = "filters: a list of conditions is empty; leave it out, or pass None to keep \
                        all rows";
            return Err(Error::Argument(what.to_owned()));
        }
        let mut columns: Vec<FilterColumn> = Vec::new();
        let mut any = Vec::with_capacity(request.any.len());
        for list in lists {
            let mut all = Vec::with_capacity(list.len());
            for condition in list {
                check_count(condition)?;
                if !dataset.has(&condition.column) {
                    let known = dataset.column_names();
                    let name = &condition.column;
                    return Err(not_found(
                        dataset.first(),
                        name,
                        known,
                        Some(request.option),
                    ));
                }
                let known = columns.iter().position(|c| c.name == condition.column);
                let column = known.unwrap_or(columns.len());
                if known.is_none() {
                    columns.push(FilterColumn::new(dataset, &condition.column, may_lack)?);
                }
                all.push(Clause {
                    column,
                    null: holds_for_null(condition),
                    tests: columns[column].tests(dataset, condition)?,
                });
            }
            any.push(all);
        }
        Ok(Self { columns, any })
    }

    /// The columns that it looks at, each once.
    pub fn columns(&self) -> &[FilterColumn] {
        &self.columns
    }

    /// Tests a block of rows, at most `KEY_ROWS`, of a file of a layout. `columns` are those of the
    /// filter; `None` is one that the file lacks. Each row that is kept has its bit set in `kept`, the
    /// first one the lowest, and all other bits of the words that hold the rows are cleared. `seen` is
    /// that of the row group.
    pub fn keep(
        &self,
        layout: usize,
        columns: &[Option<KeyColumn>],
        rows: usize,
        seen: &mut SeenEntries,
        kept: &mut [u64],
    ) {
        let words = rows.div_ceil(64).min(WORDS);
        let kept = &mut kept[..words];
        kept.fill(0);
        let mut all = [0; WORDS];
        let whole = &mut all[..words];
        let count = self.any.iter().map(Vec::len).sum();
        seen.clauses.resize_with(count, Vec::new);
        let mut number = 0;
        for list in &self.any {
            every(rows, whole);
            let first = number;
            number += list.len();
            for (clause, seen) in list.iter().zip(&mut seen.clauses[first..]) {
                let test = self.test(layout, clause);
                let column = test.zip(columns[clause.column].as_ref());
                clause.narrow(column, rows, seen, whole);
                if whole.iter().all(|word| *word == 0) {
                    break;
                }
            }
            for (kept, word) in kept.iter_mut().zip(&*whole) {
                *kept |= word;
            }
        }
    }

    /// How many bytes of each text of a column decide whether conditions hold.
    pub(super) fn deciding(&self, column: usize) -> usize {
        let clauses = self.any.iter().flatten();
        let own = clauses.filter(|clause| clause.column == column);
        let tests = own.flat_map(|clause| &clause.tests);
        tests.map(Test::deciding).max().unwrap_or(0)
    }

    /// The conditions: all of a list, of any list.
    pub(super) fn any(&self) -> &[Vec<Clause>] {
        &self.any
    }

    /// The test of a condition in files of a layout; `None` if they lack the column.
    pub(super) fn test<'a>(&self, layout: usize, clause: &'a Clause) -> Option<&'a Test> {
        let slot = self.columns[clause.column].slots[layout]?;
        clause.tests.get(slot.form)
    }
}

impl FilterColumn {
    fn new(dataset: &Dataset, name: &str, may_lack: bool) -> Result<Self> {
        let mut forms = Vec::new();
        let mut slots = Vec::with_capacity(dataset.layouts.len());
        for layout in &dataset.layouts {
            let slot = key_slot(layout, name, Ok, "be filtered by")?;
            let Some(key) = slot else {
                if !may_lack {
                    let hint = "`filters` names it: pass missing_columns=\"missing\" to take it as \
                                null in files that lack it";
                    return Err(absent(layout, name, hint));
                }
                slots.push(None);
                continue;
            };
            let own = KeyForm::new(name, &[(layout, key)])?;
            let known = forms.iter().position(|form| *form == own);
            let form = known.unwrap_or_else(|| {
                forms.push(own);
                forms.len() - 1
            });
            slots.push(Some(Slot { key, form }));
        }
        Ok(Self {
            name: name.to_owned(),
            slots,
            forms,
        })
    }

    /// Where it is in files of a layout; `None` if they lack it.
    pub fn slot(&self, layout: usize) -> Option<&KeySlot> {
        self.slots[layout].as_ref().map(|slot| &slot.key)
    }

    /// The form of its values in files of a layout; `None` if they lack it.
    pub fn form(&self, layout: usize) -> Option<&KeyForm> {
        self.slots[layout].map(|slot| &self.forms[slot.form])
    }

    /// What a condition on it is in each of its forms.
    fn tests(&self, dataset: &Dataset, condition: &Condition) -> Result<Vec<Test>> {
        let tests = self.forms.iter().enumerate().map(|(at, form)| {
            Test::new(form, condition).map_err(|constant| {
                let has_form = |slot: &Option<Slot>| slot.is_some_and(|slot| slot.form == at);
                let layout = self.slots.iter().position(has_form);
                let layout = layout.and_then(|layout| dataset.layouts.get(layout));
                self.refusal(layout, form, constant)
            })
        });
        tests.collect()
    }

    /// The error for a constant of another kind.
    fn refusal(&self, layout: Option<&Layout>, form: &KeyForm, constant: &Constant) -> Error {
        let name = &self.name;
        let column = layout.and_then(|layout| layout.column(name).ok().flatten());
        let type_name = column.map_or("unknown", |column| column.type_name.as_str());
        let found = match constant {
            Constant::Text(text) => {
                let shown: String = String::from_utf8_lossy(text).chars().take(40).collect();
                format!("text ({shown:?})")
            }
            other => other.kind().to_owned(),
        };
        Error::Argument(format!(
            "filters: column `{name}` ({type_name}) is compared with {found}; pass {}",
            expected(form.family)
        ))
    }
}

impl Clause {
    /// Clears the bits of rows for which it does not hold. Without a column all rows are null.
    fn narrow(
        &self,
        column: Option<(&Test, &KeyColumn)>,
        rows: usize,
        seen: &mut Vec<Seen>,
        kept: &mut [u64],
    ) {
        let Some((test, column)) = column else {
            if !self.null {
                kept.fill(0);
            }
            return;
        };
        let nulls = &column.nulls()[..rows];
        let mut held = [0; WORDS];
        test.numbers(&column.numbers()[..rows], &mut held[..kept.len()]);
        let is_text = matches!(test, Test::Texts(_));
        for (at, (word, nulls)) in kept.iter_mut().zip(nulls.chunks(64)).enumerate() {
            let null = nulls.iter().rev();
            let null = null.fold(0_u64, |bits, null| bits << 1 | u64::from(*null));
            if is_text {
                held[at] = texts(test, column, seen, 64 * at, *word & !null);
            }
            *word &= held[at] & !null | if self.null { null } else { 0 };
        }
    }
}

/// The rows of a word for whose texts a test holds, of those that are asked for.
fn texts(
    test: &Test,
    column: &KeyColumn,
    seen: &mut Vec<Seen>,
    first: usize,
    mut asked: u64,
) -> u64 {
    let mut held = 0;
    while asked != 0 {
        let bit = asked.trailing_zeros();
        asked &= asked - 1;
        let row = first + bit as usize;
        let holds = match column.entry(row) {
            Some(entry) => holds_for_entry(test, column.text(row), seen, entry as usize),
            None => test.holds_for(column.text(row)),
        };
        held |= u64::from(holds) << bit;
    }
    held
}

/// Whether a test holds for an entry of a dictionary, which is tested once.
#[inline]
fn holds_for_entry(test: &Test, value: &[u8], seen: &mut Vec<Seen>, entry: usize) -> bool {
    if entry >= MOST_SEEN {
        return test.holds_for(value);
    }
    if entry >= seen.len() {
        seen.resize(entry + 1, Seen::Not);
    }
    if seen[entry] == Seen::Not {
        seen[entry] = if test.holds_for(value) {
            Seen::Holds
        } else {
            Seen::Fails
        };
    }
    seen[entry] == Seen::Holds
}

/// Sets the bits of all rows.
fn every(rows: usize, words: &mut [u64]) {
    for (at, word) in words.iter_mut().enumerate() {
        let left = rows - (64 * at).min(rows);
        *word = if left < 64 { (1 << left) - 1 } else { u64::MAX };
    }
}

/// Whether a condition holds for a null: `in` if null is in the list, `not in` if it is not.
pub(super) fn holds_for_null(condition: &Condition) -> bool {
    let listed = condition.values.contains(&Constant::Null);
    match condition.operator {
        Operator::Is => true,
        Operator::In => listed,
        Operator::NotIn => !listed,
        _ => false,
    }
}

/// Refuses a condition with too few or too many constants.
fn check_count(condition: &Condition) -> Result<()> {
    let Condition {
        column,
        operator,
        values,
    } = condition;
    let symbol = operator.symbol();
    let wrong = match operator {
        Operator::In | Operator::NotIn => return Ok(()),
        Operator::Is | Operator::IsNot if *values != [Constant::Null] => "None",
        _ if values.len() != 1 => "one value",
        _ => return Ok(()),
    };
    Err(Error::Argument(format!(
        "filters: `{symbol}` compares column `{column}` with {wrong}; for several values use `in`"
    )))
}
