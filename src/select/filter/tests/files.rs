//! Filters on files whose columns are of several types, or missing in some: the rows that are kept are
//! those for which the conditions hold one by one, and no verdict contradicts them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int16Array,
    Int64Array, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::exact::{Exact, Value, holds};
use super::{COMPARISONS, condition, only, text};
use crate::account::Account;
use crate::dataset::{Dataset, Scan};
use crate::error::{Checkpoint, Error};
use crate::select::filter::{
    Condition, Constant, Filter, FilterReader, FilterRequest, Operator, Verdict,
};

const ROW_GROUP: usize = 1500;
const ROWS: usize = 2 * ROW_GROUP + 77;

/// A column of a file: how it is stored, and what it holds.
pub(super) struct Stored {
    name: &'static str,
    array: ArrayRef,
    values: Vec<Value>,
}

/// Files, and what each column holds in all rows of them.
pub(super) struct Files {
    _folder: tempfile::TempDir,
    pub(super) dataset: Dataset,
    account: Arc<Account>,
    columns: Vec<(&'static str, Vec<Value>)>,
}

fn mixed(row: usize) -> u64 {
    let mixed = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// A small number for each row, which grows from row group to row group; none in some rows.
fn numbers(seed: usize) -> Vec<Option<i64>> {
    let number = |row: usize| {
        let drawn = mixed(row * 31 + seed);
        let group = i64::try_from(row / ROW_GROUP).unwrap();
        let small = i64::try_from(drawn % 9).unwrap() + 8 * group;
        (drawn >> 20 & 7 != 0).then_some(small)
    };
    (0..ROWS).map(number).collect()
}

fn column<T>(
    name: &'static str,
    rows: &[Option<T>],
    array: ArrayRef,
    value: impl Fn(&T) -> Value,
) -> Stored {
    let values = rows.iter();
    let values = values.map(|row| row.as_ref().map_or(Value::Null, &value));
    Stored {
        name,
        values: values.collect(),
        array,
    }
}

fn map<T>(rows: &[Option<i64>], each: impl Fn(i64) -> T) -> Vec<Option<T>> {
    rows.iter().map(|row| row.map(&each)).collect()
}

fn float(number: i64) -> f64 {
    match number {
        1 => f64::NAN,
        2 => -0.0,
        3 => 0.0,
        4 => 2.5,
        5 => 9_007_199_254_740_992.0,
        6 => f64::INFINITY,
        number => f64::from(i32::try_from(number).unwrap()) / 4.0,
    }
}

fn string(number: i64) -> String {
    match number {
        0 => String::new(),
        1 => "\0".to_owned(),
        2 => "a\0b".to_owned(),
        number => format!("text {number:02} has more than its first thirty-two bytes, and more"),
    }
}

/// The first file has all columns, in the wider type where there are two.
fn first() -> Vec<Stored> {
    let exact = |number: i128, scale| Value::Number(Exact::decimal(number, scale));
    let i = map(&numbers(1), |n| n - 4 + (1 << 53));
    let f = map(&numbers(2), float);
    let s = map(&numbers(3), string);
    let d = map(&numbers(4), |n| i128::from(n - 3) * 25);
    let e = map(&numbers(5), |n| i32::try_from(n).unwrap());
    let t = map(&numbers(6), |n| n * 43_200_000_000_000);
    let b = map(&numbers(7), |n| n % 2 == 1);
    let r = numbers(8).into_iter().enumerate();
    let r: Vec<Option<i64>> = r
        .map(|(row, n)| n.or(i64::try_from(8 * (row / ROW_GROUP)).ok()))
        .collect();
    let u = map(&numbers(9), |n| u64::MAX - n.cast_unsigned());
    let decimal = Decimal128Array::from(d.clone());
    let decimal = decimal.with_precision_and_scale(25, 2).unwrap();
    let i = column("i", &i, Arc::new(Int64Array::from(i.clone())), |n| {
        exact((*n).into(), 0)
    });
    let times = TimestampNanosecondArray::from(t.clone());
    vec![
        i,
        column("f", &f, Arc::new(Float64Array::from(f.clone())), |f| {
            Value::Number(Exact::float(*f))
        }),
        column("s", &s, Arc::new(StringArray::from(s.clone())), |s| {
            Value::Text(s.as_bytes().to_vec())
        }),
        column("d", &d, Arc::new(decimal), |d| exact(*d, 2)),
        column("e", &e, Arc::new(Date32Array::from(e.clone())), |e| {
            exact(i128::from(*e) * 86_400, 0)
        }),
        column("t", &t, Arc::new(times), |t| exact((*t).into(), 9)),
        column("b", &b, Arc::new(BooleanArray::from(b.clone())), |b| {
            exact((*b).into(), 0)
        }),
        column(
            "r",
            &r,
            Arc::new(Int64Array::from_iter_values(r.iter().flatten().copied())),
            |n| exact((*n).into(), 0),
        ),
        column("u", &u, Arc::new(UInt64Array::from(u.clone())), |n| {
            exact((*n).into(), 0)
        }),
    ]
}

/// The second file has other types, and lacks the texts.
fn second() -> Vec<Stored> {
    let exact = |number: i128, scale| Value::Number(Exact::decimal(number, scale));
    let i = map(&numbers(11), |n| i16::try_from(n).unwrap());
    let f = map(&numbers(12), |n| n as f32 / 8.0);
    let d = map(&numbers(14), |n| i128::from(n) * 125);
    let t = map(&numbers(16), |n| n * 43_200_000);
    let c = map(&numbers(17), |n| n * 1_000_000);
    let decimal = Decimal128Array::from(d.clone());
    let decimal = decimal.with_precision_and_scale(9, 3).unwrap();
    let clock = Time64MicrosecondArray::from(c.clone());
    let times = TimestampMillisecondArray::from(t.clone());
    let mut columns = first();
    columns.retain(|column| ["e", "b", "u", "r"].contains(&column.name));
    columns.extend([
        column("i", &i, Arc::new(Int16Array::from(i.clone())), |n| {
            exact((*n).into(), 0)
        }),
        column("f", &f, Arc::new(Float32Array::from(f.clone())), |f| {
            Value::Number(Exact::float(f64::from(*f)))
        }),
        column("d", &d, Arc::new(decimal), |d| exact(*d, 3)),
        column("t", &t, Arc::new(times), |t| exact((*t).into(), 3)),
        column("c", &c, Arc::new(clock), |c| exact((*c).into(), 6)),
    ]);
    columns
}

fn write(path: &Path, columns: &[Stored]) {
    let arrays = columns.iter();
    let arrays = arrays.map(|column| (column.name, Arc::clone(&column.array), column.name != "r"));
    let batch = RecordBatch::try_from_iter_with_nullable(arrays).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_row_count_limit(400)
        .set_write_batch_size(100)
        .set_statistics_truncate_length(Some(40))
        .build();
    let file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    let mut writer =
        ArrowWriter::try_new(file.as_file(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.persist(path).unwrap();
}

impl Files {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [first(), second()];
        let mut paths: Vec<PathBuf> = Vec::new();
        for (at, columns) in files.iter().enumerate() {
            paths.push(folder.path().join(format!("{at}.parquet")));
            write(&paths[at], columns);
        }
        let account = Account::new(64 << 20);
        let names = ["i", "f", "s", "d", "e", "t", "b", "r", "u", "c"];
        let columns = names.map(|name| {
            let values = files.iter().flat_map(|columns| {
                let found = columns.iter().find(|column| column.name == name);
                found.map_or_else(|| vec![Value::Null; ROWS], |column| column.values.clone())
            });
            (name, values.collect())
        });
        Self {
            dataset: Dataset::new(&paths, &account, Checkpoint::NONE).unwrap(),
            _folder: folder,
            account,
            columns: columns.to_vec(),
        }
    }

    /// Whether each row is kept, condition by condition.
    fn plainly(&self, request: &FilterRequest) -> Vec<bool> {
        let holds_in = |row: usize, condition: &Condition| {
            let (_, values) = self
                .columns
                .iter()
                .find(|c| c.0 == condition.column)
                .unwrap();
            holds(&values[row], condition)
        };
        let kept = (0..2 * ROWS).map(|row| {
            let mut lists = request.any.iter();
            lists.any(|list| list.iter().all(|condition| holds_in(row, condition)))
        });
        kept.collect()
    }

    /// Whether each row is kept by a filter, and the verdict of each row group, which it never
    /// contradicts.
    pub(super) fn kept(&self, request: &FilterRequest) -> (Vec<bool>, Vec<Verdict>) {
        let filter = Filter::new(&self.dataset, request, true).unwrap();
        let mut reader = FilterReader::new(&filter, &self.account);
        let mut scan = Scan::new(&self.dataset.files, &filter, &self.account);
        let (mut kept, mut verdicts) = (Vec::new(), Vec::new());
        while let Some(row_group) = scan.next().unwrap() {
            let bits = reader.read(&row_group, Checkpoint::NONE).unwrap();
            let rows = 0..row_group.rows;
            let rows: Vec<bool> = rows
                .map(|row| bits[row / 64] >> (row % 64) & 1 == 1)
                .collect();
            let ones: u32 = bits.iter().map(|word| word.count_ones()).sum();
            assert_eq!(ones as usize, rows.iter().filter(|kept| **kept).count());
            let verdict = filter.verdict(row_group.layout, row_group.rows, &row_group.cells);
            match verdict {
                Verdict::None => assert!(!rows.contains(&true), "{request:?}"),
                Verdict::All => assert!(!rows.contains(&false), "{request:?}"),
                Verdict::Some => {}
            }
            kept.extend(rows);
            verdicts.push(verdict);
        }
        (kept, verdicts)
    }
}

/// Constants near the values of a column.
fn constants(column: &str) -> Vec<Constant> {
    let mut constants = vec![Constant::Null];
    let numbers = || (-5..28).map(Constant::Integer);
    match column {
        "i" | "f" | "d" | "r" | "u" => {
            constants.extend(numbers());
            constants.extend((-5..6).map(|n| Constant::Integer((1 << 53) + n)));
            constants.extend([u64::MAX.into(), 1 << 64].map(Constant::Integer));
            constants.extend((1..8).map(|n| Constant::Float(float(n))));
            constants.extend((-5..50).map(|unscaled| Constant::Decimal { unscaled, scale: 1 }));
        }
        "e" | "t" => {
            constants.extend((-1..28).map(Constant::Date));
            let times = (-2..60).map(|half| i128::from(half) * 43_200);
            constants.extend(times.map(|value| Constant::Timestamp { value, digits: 0 }));
        }
        "c" => constants.extend((0..28).map(|value| Constant::Time { value, digits: 0 })),
        "b" => constants.extend([true, false].map(Constant::Bool)),
        _ => {
            constants.extend((0..28).map(|number| text(&string(number))));
            constants.extend(["text 09 has", "text 24", "u"].map(text));
        }
    }
    constants
}

fn conditions() -> impl Strategy<Value = Condition> {
    let columns = select(vec!["i", "f", "s", "d", "e", "t", "b", "r", "u", "c"]);
    let operators = [&COMPARISONS[..], &[Operator::Is, Operator::IsNot]].concat();
    (columns, select(operators)).prop_flat_map(|(column, operator)| {
        let count = match operator {
            Operator::In | Operator::NotIn => 0..20,
            _ => 1..2,
        };
        vec(select(constants(column)), count).prop_map(move |mut values| {
            if matches!(operator, Operator::Is | Operator::IsNot) {
                values = vec![Constant::Null];
            }
            condition(column, operator, values)
        })
    })
}

#[test]
fn rows_are_kept_where_conditions_hold() {
    let files = Files::new();
    let requests = vec(vec(conditions(), 1..4), 1..4).prop_map(|any| FilterRequest { any });
    let mut runner = proptest::test_runner::TestRunner::new(super::cases(150));
    let done = runner.run(&requests, |request| {
        prop_assert_eq!(files.kept(&request).0, files.plainly(&request));
        Ok(())
    });
    done.unwrap();
}

#[test]
fn footers_tell_what_is_plain() {
    use Verdict::{All, None, Some};
    let files = Files::new();
    let verdicts = |column: &str, operator, constant: Constant| {
        files
            .kept(&only(condition(column, operator, vec![constant])))
            .1
    };
    let lower = |number: i128| Constant::Integer(number);
    assert_eq!(
        verdicts("r", Operator::Less, lower(9)),
        [All, Some, None, All, Some, None]
    );
    assert_eq!(
        verdicts("i", Operator::Less, lower(1 << 40)),
        [None, None, None, Some, Some, Some]
    );
    // NaN is outside of all bounds.
    assert_eq!(
        verdicts("f", Operator::NotEqual, Constant::Float(1e300)),
        [Some; 6]
    );
    assert_eq!(
        verdicts("f", Operator::Equal, Constant::Float(1e300))[1..],
        [None; 5]
    );
    assert_eq!(verdicts("s", Operator::Greater, text("text 25")), [None; 6]);
    assert_eq!(
        verdicts("s", Operator::Less, text("text 16")),
        [Some, Some, None, None, None, None]
    );
    assert_eq!(
        verdicts("c", Operator::Is, Constant::Null),
        [All, All, All, Some, Some, Some]
    );
    assert_eq!(verdicts("r", Operator::Is, Constant::Null), [None; 6]);
    assert_eq!(verdicts("r", Operator::IsNot, Constant::Null), [All; 6]);
    assert_eq!(verdicts("e", Operator::Less, Constant::Date(-1)), [None; 6]);
    assert_eq!(
        verdicts("d", Operator::Greater, Constant::Float(5.8)),
        [None, None, None, None, None, None]
    );
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let files = Files::new();
    let refused = |request: &FilterRequest, may_lack| {
        let filter = Filter::new(&files.dataset, request, may_lack);
        filter.map(|_| ()).unwrap_err()
    };
    let equal = |column: &str, constant| only(condition(column, Operator::Equal, vec![constant]));
    let error = refused(&equal("s", text("a")), false);
    assert!(matches!(error, Error::ColumnNotFound { .. }), "{error}");
    assert!(error.to_string().contains("missing_columns"), "{error}");
    let error = refused(&equal("day", text("a")), true);
    assert!(error.to_string().contains("`filters`"), "{error}");
    let error = refused(&equal("i", text("seven")), true).to_string();
    assert!(
        error.contains("`i` (int64)") && error.contains("text (\"seven\")"),
        "{error}"
    );
    for request in [
        FilterRequest { any: vec![] },
        FilterRequest { any: vec![vec![]] },
        only(condition("i", Operator::Equal, vec![])),
        only(condition("i", Operator::Is, vec![Constant::Integer(1)])),
    ] {
        assert!(matches!(refused(&request, true), Error::Argument(_)));
    }
}
