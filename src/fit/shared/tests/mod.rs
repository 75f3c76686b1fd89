//! Rows that are divided anywhere have the fills of all rows, and messages that lie are refused.

use ndarray::{Array2, ArrayView2, Axis, s};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::Account;
use crate::error::Result;
use crate::fit::gaps::{FillKind, GapColumn};
use crate::fit::shared::message::{Reader, Writer};
use crate::fit::shared::{Glimpse, HeldRows, Keys, SharedFit, SharedRows, look};
use crate::kernel::median::middle::Middle;
use crate::kernel::scalar::sum::ExactSum;
use crate::kernel::{Real, naive};
use crate::workers::{Call, Stage, Team, Workers};

/// Columns of each kind of fill.
const KINDS: [Option<FillKind>; 4] = [
    Some(FillKind::Median),
    None,
    Some(FillKind::Mean),
    Some(FillKind::Median),
];

fn with_team<R>(work: impl FnOnce(&mut Team<'_>) -> Result<R>) -> R {
    let workers = Workers::new(Stage::Fill, 0, 0, Call::begin());
    work(&mut Team {
        workers: &workers,
        caller: &mut (),
        threads: 2,
        account: &Account::new(usize::MAX),
    })
    .unwrap()
}

/// How rows lie in memory.
#[derive(Debug, Clone, Copy)]
enum Laid {
    Rows,
    Columns,
    /// In sheets of so many rows.
    Sheets(usize),
}

impl Laid {
    const fn sheet_rows(self) -> Option<usize> {
        match self {
            Self::Sheets(rows) => Some(rows),
            Self::Rows | Self::Columns => None,
        }
    }

    fn lay<T: Real>(self, rows: &ArrayView2<'_, T>) -> Array2<T> {
        let by_columns = |rows: &ArrayView2<'_, T>| rows.t().iter().copied().collect::<Vec<T>>();
        let (height, width) = rows.dim();
        match self {
            Self::Rows => rows.as_standard_layout().into_owned(),
            Self::Columns => {
                let columns = Array2::from_shape_vec((width, height), by_columns(rows));
                columns.unwrap().reversed_axes()
            }
            Self::Sheets(sheet) => {
                let sheets = rows.axis_chunks_iter(Axis(0), sheet);
                let values = sheets.flat_map(|sheet| by_columns(&sheet)).collect();
                Array2::from_shape_vec((height, width), values).unwrap()
            }
        }
    }
}

fn laid() -> impl Strategy<Value = Laid> {
    prop_oneof![
        Just(Laid::Rows),
        Just(Laid::Columns),
        (1..40_usize).prop_map(Laid::Sheets),
    ]
}

fn gaps<T: Real>(rows: &ArrayView2<'_, T>) -> Vec<GapColumn> {
    let kinds = KINDS.iter().enumerate();
    let gaps = kinds.filter_map(|(column, kind)| {
        let present = rows.column(column).iter().filter(|v| !v.is_nan()).count();
        Some(GapColumn {
            column,
            count: present as u64,
            missing: present < rows.nrows(),
            fill: (*kind)?,
        })
    });
    gaps.collect()
}

/// The fills of rows that are cut, and how many looks they took.
fn shared<T: Real>(rows: &ArrayView2<'_, T>, cuts: &[usize], laid: Laid) -> (Vec<f64>, usize) {
    let share = |cut: &[usize]| {
        // Rows behind the fitted ones do not count.
        let end = rows.nrows().min(cut[1] + 3);
        (
            cut[0],
            cut[1] - cut[0],
            laid.lay(&rows.slice(s![cut[0]..end, ..])),
        )
    };
    let shares: Vec<_> = cuts.windows(2).map(share).collect();
    let views: Vec<_> = shares.iter().map(|(.., rows)| rows.view()).collect();
    let held = shares.iter().zip(&views).map(|((first, fitted, _), rows)| {
        let held = HeldRows::new(rows, laid.sheet_rows(), *fitted);
        (*first, held.unwrap())
    });
    let shares: Vec<(usize, HeldRows<'_, T>)> = held.collect();
    let most = shares.iter().map(|(_, rows)| rows.rows()).max().unwrap();
    let width = size_of::<T>();
    let mut all: Option<Glimpse> = None;
    for (share, (first, rows)) in shares.iter().enumerate() {
        let at = SharedRows {
            first: *first,
            most,
        };
        let mut to = Writer::default();
        let glimpse = with_team(|team| Glimpse::of(rows, at, &KINDS, team));
        glimpse.write(width, &mut to);
        let bytes = to.finish();
        let mut from = Reader::new(&bytes, share);
        let read = Glimpse::read(width, &mut from).unwrap();
        from.end().unwrap();
        assert!(read.is_of(&KINDS));
        match &mut all {
            None => all = Some(read),
            Some(all) => all.merge(read),
        }
    }
    let mut fit = SharedFit::new(&gaps(rows), &KINDS, Keys::of::<T>(), all.unwrap(), most);
    let mut looks = 0;
    while let Some(asked) = fit.look() {
        let asked = super::Look::from_bytes(&asked.to_bytes(), rows.ncols()).unwrap();
        let answers = shares.iter().map(|(_, rows)| {
            let answers = with_team(|team| look(rows, &asked, team));
            asked.write(&answers, width)
        });
        fit.hear(&answers.collect::<Vec<_>>()).unwrap();
        looks += 1;
        assert!(looks <= 12, "{looks} looks");
    }
    let fills = fit.fills::<T>();
    (
        fills.iter().map(|fill| fill.value.to_f64()).collect(),
        looks,
    )
}

/// What sorting and adding up find.
fn expected<T: Real>(rows: &ArrayView2<'_, T>) -> Vec<f64> {
    let fills = gaps(rows).into_iter().map(|gap| {
        let values = rows.column(gap.column);
        let values: Vec<T> = values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        if values.is_empty() {
            return 0.0;
        }
        if gap.fill == FillKind::Mean {
            let mut sum = ExactSum::default();
            for value in &values {
                sum.add(value.to_f64());
            }
            return T::nearest(sum.mean()).to_f64();
        }
        let keys: Vec<u64> = values.iter().map(|value| value.key()).collect();
        let (lower, upper) = naive::middle(&keys);
        let middle = Middle {
            lower: T::from_key(lower),
            upper: T::from_key(upper),
        };
        middle.median(gap.count).to_f64()
    });
    fills.collect()
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(-0.0),
        Just(0.0),
        Just(f64::INFINITY),
        Just(1.5),
        -1e-44..1e-44_f64,
        -10.0..10.0_f64,
        any::<f32>().prop_map(f64::from),
    ]
}

fn check<T: Real + PartialEq + std::fmt::Debug>(values: &[f64], cuts: &[usize], laid: Laid) {
    let values: Vec<T> = values.iter().map(|value| T::nearest(*value)).collect();
    let rows = Array2::from_shape_vec((values.len() / 4, 4), values).unwrap();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (rows.nrows() + 1)).collect();
    cuts.extend([0, rows.nrows()]);
    cuts.sort_unstable();
    let same = |(found, wanted): (&f64, &f64)| {
        // Which zero it is does not show.
        (found + 0.0).to_bits() == (wanted + 0.0).to_bits() || (found.is_nan() && wanted.is_nan())
    };
    let (found, wanted) = (shared(&rows.view(), &cuts, laid).0, expected(&rows.view()));
    assert!(found.iter().zip(&wanted).all(same), "{found:?} {wanted:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn shares_have_the_fills_of_all_rows(
        values in vec(value(), 1..600),
        cuts in vec(any::<usize>(), 0..9),
        laid in laid(),
    ) {
        let values = &values[..values.len() / 4 * 4];
        check::<f32>(values, &cuts, laid);
        check::<f64>(values, &cuts, laid);
        check::<half::f16>(values, &cuts, laid);
    }

    /// Bytes of others are an error or numbers, never a panic and never a large allocation.
    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..200)) {
        let _ = super::Look::from_bytes(&bytes, 9);
        let _ = Glimpse::read(4, &mut Reader::new(&bytes, 0));
        let mut fit = SharedFit::new(&[GapColumn {
            column: 0, count: 5, missing: true, fill: FillKind::Median,
        }], &KINDS[..1], Keys::of::<f32>(), Glimpse::default(), 9);
        let _ = fit.hear(&[bytes]);
    }

    #[test]
    fn numbers_come_back(numbers in vec(any::<u64>(), 0..20), floats in vec(any::<f64>(), 0..5)) {
        let mut to = Writer::default();
        for number in &numbers {
            to.number(*number);
        }
        for number in &floats {
            to.float(*number);
        }
        let bytes = to.finish();
        let mut from = Reader::new(&bytes, 0);
        for number in &numbers {
            prop_assert_eq!(from.number().unwrap(), *number);
        }
        for number in &floats {
            prop_assert_eq!(from.float().unwrap().to_bits(), number.to_bits());
        }
        prop_assert!(from.end().is_ok());
        prop_assert!(from.number().is_err());
    }
}

#[test]
fn ordinary_columns_take_three_looks() {
    let mut state = 7_u64;
    let values = (0..400_000).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        f64::from(u32::try_from(state >> 40).unwrap()) / 1e3
    });
    let rows = Array2::from_shape_vec((100_000, 4), values.collect()).unwrap();
    let rows = rows.mapv(f32::nearest);
    for laid in [Laid::Rows, Laid::Columns, Laid::Sheets(999)] {
        let (_, looks) = shared(&rows.view(), &[0, 10_000, 50_000, 50_000, 100_000], laid);
        assert!(looks <= 3, "{laid:?}: {looks} looks");
    }
}

#[test]
fn sums_of_shares_are_those_of_all() {
    let values: Vec<f64> = (0..1000)
        .map(|at| f64::from(at % 17 - 8) * 10_f64.powi(at % 600 - 300))
        .collect();
    let sum = |values: &[f64]| {
        let mut sum = ExactSum::default();
        for value in values {
            sum.add(*value);
        }
        sum
    };
    let mut merged = ExactSum::default();
    for part in values.chunks(77) {
        let words = sum(part).to_words();
        merged.merge(ExactSum::from_words(&words).unwrap());
    }
    assert_eq!(merged.mean().to_bits(), sum(&values).mean().to_bits());
    assert!(ExactSum::from_words(&[u64::MAX; ExactSum::WORDS]).is_none());
    assert!(ExactSum::from_words(&[0; 3]).is_none());
}

/// Many rows are looked at in part first, whatever their order: the looks at all are two or three.
#[test]
fn rows_that_are_looked_at_in_part_first() {
    let mut state = 11_u64;
    let mut wandering = 0.0;
    let values = (0..400_000).flat_map(|row| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let random = f64::from(u32::try_from(state >> 40).unwrap()) / 1e6;
        wandering += random - 8.0;
        [random, wandering, f64::from(row % 12), f64::from(row)]
    });
    let rows = Array2::from_shape_vec((400_000, 4), values.collect()).unwrap();
    let rows = rows.mapv(f32::nearest);
    for laid in [Laid::Rows, Laid::Columns, Laid::Sheets(999)] {
        let cuts = [0, 130_000, 130_000, 250_000, 400_000];
        let (found, looks) = shared(&rows.view(), &cuts, laid);
        assert_eq!(found, expected(&rows.view()));
        assert!(looks <= 5, "{laid:?}: {looks} looks");
    }
}
