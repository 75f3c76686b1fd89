//! Columns that are passed through beside the matrix, as they are. Numbers and times are arrays that
//! are poured with the others; where a dtype has no value for a null, a mask is poured beside. Texts
//! are read in a pass of their own, because their lengths are not known before.

use crate::dataset::{Dataset, Slot};
use crate::error::{Checkpoint, ColumnType, Error, Result};
use crate::parquet::Kind;
use crate::plan::extras::{Extra, Found, Role, find, require};
use crate::plan::fields::width::ListColumn;
use crate::plan::messages::FILL_IT;
use crate::plan::options::{MissingColumns, Options, Output, Target};
use crate::plan::selection::{TextColumn, leaves, select, text_column};
use crate::plan::tables::{TableColumn, TableFooter};
use crate::types::Dtype;

/// Names of files beside a matrix that are not those of a column.
const TAKEN: [&str; 4] = ["y", "weight", "group", "json"];
/// Bytes that a text takes in memory, apart from its own: where it is, a Python object and a pointer.
const TEXT_BYTES: usize = 88;

/// All columns that are passed through.
#[derive(Debug, Default)]
pub struct Passthrough {
    /// Arrays of numbers and times, and the masks of some of them.
    pub extras: Vec<Extra>,
    /// Texts.
    pub texts: Vec<TextColumn>,
}

/// Looks up the columns that the options pass through, in the source. `tables` and their `columns` are
/// there to say where else a column is.
pub fn passthrough(
    source: &Dataset,
    tables: &[TableFooter],
    columns: &[TableColumn<'_>],
    options: &Options,
    checkpoint: Checkpoint<'_>,
) -> Result<Passthrough> {
    let names = &options.passthrough;
    let option = Role::Passthrough.option();
    require(source, tables, columns, names, option)?;
    if options.output == Output::File {
        names.iter().try_for_each(|name| check_file(name, names))?;
    }
    let required = match options.missing_columns {
        MissingColumns::Raise => Some(FILL_IT),
        MissingColumns::Missing => None,
    };
    let mut passed = Passthrough::default();
    let mut refused = Vec::new();
    for name in names {
        match find(source, name)? {
            Found::Refused(type_name) => refused.push(ColumnType::new(name, type_name)),
            Found::Lists(..) => {
                let width = list_width(source, name, required, options, checkpoint)?;
                passed.push(source, name, required, Some(width))?;
            }
            Found::Text(text, _) => passed
                .texts
                .push(text_column(source, name, text, required)?),
            Found::Array(_) => passed.push(source, name, required, None)?,
        }
    }
    if refused.is_empty() {
        return Ok(passed);
    }
    Err(Error::UnsupportedColumns {
        columns: refused,
        total: names.len(),
        named: true,
    })
}

impl Passthrough {
    /// Adds a column, and the mask of its nulls where it needs one. Lists have a width.
    fn push(
        &mut self,
        source: &Dataset,
        name: &str,
        required: Option<&str>,
        width: Option<usize>,
    ) -> Result<()> {
        let columns = Target {
            names: vec![name.to_owned()],
            flat: true,
        };
        let extra = Extra::of_width(source, Role::Passthrough, columns, required, width)?;
        let mask = mask(source, &extra);
        self.extras.push(extra);
        self.extras.extend(mask);
        Ok(())
    }
}

/// How many values the lists of a column have.
fn list_width(
    source: &Dataset,
    name: &str,
    required: Option<&str>,
    options: &Options,
    checkpoint: Checkpoint<'_>,
) -> Result<usize> {
    let selection = select(source, &[name], required, |_, column| {
        let own = column.own.ok().filter(|_| column.nesting.is_vector())?;
        Some(Slot {
            leaf: column.leaf,
            kind: own.kind(own.dtype()?)?,
            nesting: column.nesting,
            width: 1,
        })
    })?;
    let list = ListColumn {
        name,
        files: &source.files,
        selection: &selection,
    };
    list.width(options, checkpoint)
}

/// Bytes that texts take in memory, as far as footers tell.
pub fn text_bytes(texts: &[TextColumn], rows: usize, options: &Options) -> usize {
    let each = match options.output {
        Output::File => 0,
        Output::Memory | Output::Array => TEXT_BYTES,
    };
    let bytes = texts.iter().map(|text| {
        let own = usize::try_from(text.bytes).unwrap_or(usize::MAX);
        rows.saturating_mul(each)
            .saturating_add(if each > 0 { own } else { 0 })
    });
    bytes.fold(0, usize::saturating_add)
}

/// Refuses a name that no file beside a matrix can have.
fn check_file(name: &str, names: &[String]) -> Result<()> {
    let what = if name.is_empty() || name.contains(['/', '\0']) {
        "no file can have its name"
    } else if TAKEN.contains(&name) {
        "another file beside the matrix has its name"
    } else if names.iter().any(|other| *name == format!("{other}.mask")) {
        "the mask of another column has its name"
    } else {
        return Ok(());
    };
    Err(Error::Argument(format!(
        "passthrough: with out= a path, each column has a file of its own, and {what}: {name:?}; \
         load it into memory, or rename the column"
    )))
}

/// The mask of an array whose dtype has no value for a null, if there may be any.
fn mask(source: &Dataset, extra: &Extra) -> Option<Extra> {
    let mut slots = extra.selection.iter().flatten();
    let is_absent = slots.any(|slot| slot.is_none_or(|slot| slot.kind == Kind::Null));
    let slots = extra.selection.iter().flatten().flatten();
    let mut nullable = slots.zip(leaves(source, &extra.selection));
    let has_nulls =
        nullable.any(|(slot, leaf)| slot.nesting.is_nullable() && leaf.nulls != Some(0));
    (extra.dtype.needs_mask() && (is_absent || has_nulls)).then(|| Extra {
        role: Role::Mask,
        dtype: Dtype::Bool,
        ..extra.clone()
    })
}
