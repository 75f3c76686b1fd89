//! Filters on files: the rows that are kept are those for which the conditions hold one by one, and no
//! verdict contradicts them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::exact::holds;
use super::stored::{Files, ROWS, float, long_texts, string};
use super::{COMPARISONS, condition, only, text};
use crate::account::Account;
use crate::dataset::{Dataset, Origins, Scan};
use crate::error::{Checkpoint, Error};
use crate::select::filter::{
    Condition, Constant, Filter, FilterReader, FilterRequest, Operator, Verdict,
};

/// What a filter says of all files.
struct Kept {
    rows: Vec<bool>,
    /// Those of footers alone.
    verdicts: Vec<Verdict>,
    /// Rows that page indexes exclude.
    skipped: u64,
    /// Row groups that Bloom filters or footers exclude.
    looked_up: usize,
}

impl Files {
    /// Whether each row is kept, condition by condition.
    fn plainly(&self, request: &FilterRequest) -> Vec<bool> {
        let holds_in = |row: usize, condition: &Condition| {
            holds(&self.values(&condition.column)[row], condition)
        };
        let kept = (0..2 * ROWS).map(|row| {
            let mut lists = request.any.iter();
            lists.any(|list| list.iter().all(|condition| holds_in(row, condition)))
        });
        kept.collect()
    }

    /// Whether each row is kept by a filter, and the verdict of each row group, which it never
    /// contradicts.
    fn kept(&self, request: &FilterRequest) -> (Vec<bool>, Vec<Verdict>) {
        let kept = self.all(request);
        (kept.rows, kept.verdicts)
    }

    /// The same, and how much was not read.
    fn all(&self, request: &FilterRequest) -> Kept {
        let filter = Filter::new(&self.dataset, request, true).unwrap();
        let mut reader = FilterReader::new(&filter, &self.account);
        let mut scan = Scan::new(&self.dataset.files, &filter, &self.account);
        let (mut kept, mut verdicts, mut looked_up) = (Vec::new(), Vec::new(), 0);
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
            if filter.look_up(&row_group).unwrap() == Verdict::None {
                assert!(!rows.contains(&true), "{request:?}");
                looked_up += 1;
            }
            kept.extend(rows);
            verdicts.push(verdict);
        }
        Kept {
            rows: kept,
            verdicts,
            skipped: reader.skipped(),
            looked_up,
        }
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
        "o" => constants.extend((0..40).map(|n| Constant::Integer(n * 97))),
        _ => {
            constants.extend((0..28).map(|number| text(&string(number))));
            constants.extend(["text 09 has", "text 24", "u"].map(text));
        }
    }
    constants
}

fn conditions() -> impl Strategy<Value = Condition> {
    let columns = select(vec!["i", "f", "s", "d", "e", "t", "b", "r", "u", "c", "o"]);
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
    let requests = vec(vec(conditions(), 1..4), 1..4).prop_map(|any| FilterRequest {
        option: "filters",
        any,
    });
    let mut runner = proptest::test_runner::TestRunner::new(super::cases(150));
    let done = runner.run(&requests, |request| {
        prop_assert_eq!(files.kept(&request).0, files.plainly(&request));
        Ok(())
    });
    done.unwrap();
}

#[test]
fn pages_that_cannot_match_are_skipped() {
    let files = Files::new();
    let at_least = |column: &str, number| {
        condition(
            column,
            Operator::GreaterOrEqual,
            vec![Constant::Integer(number)],
        )
    };
    let under =
        |column: &str, number| condition(column, Operator::Less, vec![Constant::Integer(number)]);
    let middle = vec![at_least("o", 400), under("o", 800), under("r", 1000)];
    let end = vec![at_least("o", 2999), at_least("d", -1000)];
    for (any, most) in [
        (vec![middle.clone()], 500),
        (vec![end.clone()], 500),
        (vec![middle, end], 1000),
    ] {
        let request = FilterRequest {
            option: "filters",
            any,
        };
        let Kept {
            rows: kept,
            skipped,
            ..
        } = files.all(&request);
        assert_eq!(kept, files.plainly(&request));
        let left = 2 * ROWS as u64 - skipped;
        assert!(left <= 2 * most, "{left} rows are read for {request:?}");
    }
    // One list that may match anywhere has all rows read.
    let anywhere = condition("b", Operator::Equal, vec![Constant::Bool(true)]);
    let any = vec![vec![at_least("o", 2999)], vec![anywhere]];
    let Kept {
        rows: kept,
        skipped,
        ..
    } = files.all(&FilterRequest {
        option: "filters",
        any: any.clone(),
    });
    assert_eq!(skipped, 0);
    assert_eq!(
        kept,
        files.plainly(&FilterRequest {
            option: "filters",
            any
        })
    );
}

#[test]
fn of_long_texts_little_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.parquet");
    long_texts(&path);
    let account = Account::new(4 << 20);
    let dataset = Dataset::new(&Origins::files(&[path]), &account, Checkpoint::NONE).unwrap();
    let least = only(condition("s", Operator::GreaterOrEqual, vec![text("bb")]));
    let filter = Filter::new(&dataset, &least, false).unwrap();
    let mut reader = FilterReader::new(&filter, &account);
    let mut scan = Scan::new(&dataset.files, &filter, &account);
    let mut kept = 0;
    while let Some(row_group) = scan.next().unwrap() {
        let bits = reader.read(&row_group, Checkpoint::NONE).unwrap();
        kept += bits.iter().map(|word| word.count_ones()).sum::<u32>();
    }
    assert_eq!(kept as usize, ROWS - ROWS.div_ceil(3));
}

#[test]
fn values_that_are_absent_are_looked_up() {
    let files = Files::new();
    let equal = |column: &str, constant| only(condition(column, Operator::Equal, vec![constant]));
    let looked_up = |request: &FilterRequest| {
        let kept = files.all(request);
        let none = kept
            .verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::None);
        (none.count(), kept.looked_up)
    };
    // Each is within the bounds of some row groups, and in none of them.
    for (request, footers, most) in [
        (equal("s", text("text 12 and less")), 5, 6),
        (
            equal(
                "t",
                Constant::Timestamp {
                    value: 7_200,
                    digits: 0,
                },
            ),
            4,
            6,
        ),
        (
            equal(
                "d",
                Constant::Decimal {
                    unscaled: 51,
                    scale: 2,
                },
            ),
            4,
            6,
        ),
    ] {
        let (by_footers, looked_up) = looked_up(&request);
        assert!(
            by_footers <= footers,
            "{by_footers} by footers for {request:?}"
        );
        assert!(
            looked_up <= most && looked_up > by_footers,
            "{looked_up} for {request:?}"
        );
    }
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
        FilterRequest {
            option: "filters",
            any: vec![],
        },
        FilterRequest {
            option: "filters",
            any: vec![vec![]],
        },
        only(condition("i", Operator::Equal, vec![])),
        only(condition("i", Operator::Is, vec![Constant::Integer(1)])),
    ] {
        assert!(matches!(refused(&request, true), Error::Argument(_)));
    }
}
