//! Pages of any bytes under any claims: read at once, in pieces, and with every other piece skipped,
//! with the same answer.

use std::path::Path;

use half::f16;
use onecopy::account::Account;
use onecopy::error::Fault;
use onecopy::io::Source;
use onecopy::kernel::scalar::clock::Clock;
use onecopy::kernel::{Element, Tally};
use onecopy::parquet::lane::bytes::BytesLane;
use onecopy::parquet::page::buffers::ReadBuffers;
use onecopy::parquet::{Chunk, ColumnChunk, Kind, Lane, Physical, RowGroup, VectorLane, Width};

use super::cells::Cell;
use super::claims::{Claims, Read};
use super::codes;
use super::judge_fault;
use super::slot::Slot;

/// Where the pages begin.
const START: u64 = 4;
/// Values that are read of a chunk at most.
const MOST: usize = 1 << 16;
const ACCOUNT: usize = 4 << 20;
/// Lengths of pieces, over and over.
const PIECES: [&[usize]; 8] = [
    &[1],
    &[7, 1, 64],
    &[1023, 1],
    &[1024],
    &[1025, 3],
    &[512],
    &[8, 100, 1],
    &[5000, 11],
];

/// Lengths that add up to `total`.
fn pieces(sizes: &'static [usize], total: usize) -> impl Iterator<Item = usize> {
    let mut left = total;
    sizes.iter().cycle().map_while(move |size| {
        let size = left.min(*size);
        left -= size;
        (size > 0).then_some(size)
    })
}

/// Puts pages into a file and reads them as the claims before them say.
pub fn check(slot: &mut Slot, data: &[u8]) {
    let Some((claims, pages)) = Claims::split(data) else {
        return;
    };
    let bytes = pages.len() as u64;
    let path = slot.put(&[(0, b"PAR1"), (START, pages), (START + bytes, b"tail")]);
    read(&claims, path, bytes);
}

fn read(claims: &Claims, path: &Path, bytes: u64) {
    let chunk = Chunk {
        start: START,
        bytes,
        plain_bytes: claims.plain_bytes.into(),
        values: claims.values.into(),
        codec: claims.codec,
        physical: claims.physical().number(),
        ..Chunk::default()
    };
    let row_group = RowGroup {
        rows: chunk.values,
        chunks: vec![chunk],
        ..RowGroup::default()
    };
    let source = Source::open(path, None).expect("a file of ours");
    let data_end = source.identity().bytes;
    let chunk = match row_group.chunk(0, Some(claims.physical()), claims.nesting(), data_end) {
        Ok(chunk) => chunk,
        Err(fault) => return judge_fault(&fault),
    };
    let column = ColumnChunk {
        source: &source,
        chunk: &chunk,
        nesting: claims.nesting(),
    };
    if let Some(stored) = ticks(claims) {
        times(claims, stored, &column);
    }
    match (claims.read, claims.dtype) {
        (Read::Numbers(kind), 0) if column.nesting.is_vector() => {
            lists::<f64>(claims, kind, &column);
        }
        (Read::Numbers(kind), 1) if column.nesting.is_vector() => {
            lists::<f32>(claims, kind, &column);
        }
        (Read::Numbers(kind), _) if column.nesting.is_vector() => {
            lists::<i64>(claims, kind, &column);
        }
        (Read::Text(_), _) if column.nesting.is_vector() => {}
        (Read::Numbers(kind), 0) => numbers::<f64>(claims, kind, &column),
        (Read::Numbers(kind), 1) => numbers::<f32>(claims, kind, &column),
        (Read::Numbers(kind), 2) => numbers::<f16>(claims, kind, &column),
        (Read::Numbers(kind), _) => numbers::<i64>(claims, kind, &column),
        (Read::Text(width), _) => {
            text(claims, width.map_or(Width::Variable, Width::Fixed), &column);
            codes::check(&column, width, MOST.min(claims.values as usize));
        }
    }
}

/// How ticks of times are stored, where the pages can be read as such.
fn ticks(claims: &Claims) -> Option<Physical> {
    let is_flat = !claims.nesting().is_vector();
    let stored = match claims.read {
        Read::Numbers(kind) => kind.physical()?,
        Read::Text(Some(12)) => Physical::Int96,
        Read::Text(_) => return None,
    };
    let are_ticks = matches!(stored, Physical::Int32 | Physical::Int64 | Physical::Int96);
    (are_ticks && is_flat).then_some(stored)
}

/// Reads times as numbers of units since an origin, and as they are.
fn times(claims: &Claims, stored: Physical, column: &ColumnChunk<'_>) {
    let pieces = usize::from(claims.pieces);
    let units = [1, 1000, 1_000_000_000, 86_400_000_000_000];
    let [tick, unit] = [pieces % 4, pieces / 4 % 4].map(|at| units[at]);
    let origin = i128::from(claims.pieces) << (pieces % 100);
    let clock = Clock::new(tick, unit, origin).map(|clock| Kind::Clock { stored, clock });
    match (clock, claims.dtype) {
        (Some(clock), 0) => numbers::<f64>(claims, clock, column),
        (Some(clock), 1) => numbers::<f32>(claims, clock, column),
        (Some(clock), 2) => numbers::<f16>(claims, clock, column),
        (_, 3..) => {
            let factor = units[pieces % 3];
            let kind = match stored {
                Physical::Int32 => Kind::Time32 { factor },
                Physical::Int96 => Kind::Time96,
                _ => Kind::Time64 { factor },
            };
            numbers::<i64>(claims, kind, column);
        }
        _ => {}
    }
}

fn numbers<T: Cell>(claims: &Claims, kind: Kind, column: &ColumnChunk<'_>) {
    let rule = T::rule();
    let account = Account::new(ACCOUNT);
    let mut buffers = ReadBuffers::new(&account);
    let mut lane = match Lane::<T>::new(column, &kind.into(), &rule, &account) {
        Ok(lane) => lane,
        Err(fault) => return judge_fault(&fault),
    };
    let rows = MOST.min(claims.values as usize);
    let mut read = |ways: Ways| {
        lane.reopen(column, &kind.into(), &rule)?;
        let mut out = vec![T::default(); rows];
        let tally = fill(&mut lane, &mut out, ways, column.chunk, &mut buffers)?;
        Ok((out, tally))
    };
    let sizes = PIECES[usize::from(claims.pieces) % PIECES.len()];
    let whole = read(Ways::whole());
    let same = |at: usize, a: T, b: T| {
        assert!(a.same(b), "row {at}: {a:?} and {b:?}, {claims:?}");
    };
    match (&whole, read(Ways { sizes, skips: None })) {
        (Ok((first, tally)), Ok((second, other))) => {
            assert_eq!(*tally, other, "tallies, {claims:?}");
            for (at, (a, b)) in first.iter().zip(second).enumerate() {
                same(at, *a, b);
            }
        }
        (first, second) => differ(first.as_ref().err(), second.err().as_ref(), claims),
    }
    let ways = Ways::skipping(claims);
    match (&whole, read(ways)) {
        (Ok((first, _)), Ok((second, _))) => {
            for at in ways.rows(rows) {
                same(at, first[at], second[at]);
            }
        }
        (first, second) => stricter(first.is_ok(), second.err().as_ref(), claims),
    }
}

/// Lists, read at once, in pieces and with some skipped: as long as all are, or refused.
fn lists<T: Cell>(claims: &Claims, kind: Kind, column: &ColumnChunk<'_>) {
    let rule = T::rule();
    let account = Account::new(ACCOUNT);
    let mut buffers = ReadBuffers::new(&account);
    let width = claims.width();
    let rows = MOST.min(claims.values as usize) / width;
    let found = VectorLane::<T>::first_length(column, &kind.into(), &account, &mut buffers);
    if let Err(fault) = found {
        judge_fault(&fault);
    }
    let mut read = |ways: Ways| {
        let mut lane = VectorLane::<T>::new(column, &kind.into(), width, &rule, &account)?;
        let mut out = vec![T::default(); rows * width];
        let mut rest = &mut out[..];
        for (size, is_skipped) in ways.pieces(rows) {
            let (piece, others) = rest.split_at_mut(size * width);
            if is_skipped {
                lane.skip(size, &mut buffers)?;
            } else {
                lane.fill(piece, &mut buffers)?;
            }
            rest = others;
        }
        Ok((out, *lane.tally()))
    };
    let sizes = PIECES[usize::from(claims.pieces) % PIECES.len()];
    let whole = read(Ways::whole());
    match (&whole, read(Ways { sizes, skips: None })) {
        (Ok((first, tally)), Ok((second, other))) => {
            assert_eq!(*tally, other, "tallies, {claims:?}");
            for (at, (a, b)) in first.iter().zip(second).enumerate() {
                assert!(a.same(b), "item {at}: {a:?} and {b:?}, {claims:?}");
            }
        }
        (first, second) => differ(first.as_ref().err(), second.err().as_ref(), claims),
    }
    let ways = Ways::skipping(claims);
    match (&whole, read(ways)) {
        (Ok((first, _)), Ok((second, _))) => {
            for at in ways
                .rows(rows)
                .into_iter()
                .flat_map(|row| row * width..(row + 1) * width)
            {
                assert!(
                    first[at].same(second[at]),
                    "skipping, item {at}, {claims:?}"
                );
            }
        }
        // A page that is passed over is not looked into, so its lists may have any length.
        (_, Err(fault)) => judge_fault(&fault),
        (Err(_), Ok(_)) => {}
    }
}

/// How the rows of a chunk are read.
#[derive(Debug, Clone, Copy)]
struct Ways {
    /// Lengths of pieces, over and over.
    sizes: &'static [usize],
    /// Whether pieces of odd or of even number are skipped, if any.
    skips: Option<usize>,
}

impl Ways {
    const fn whole() -> Self {
        Self {
            sizes: &[MOST],
            skips: None,
        }
    }

    fn skipping(claims: &Claims) -> Self {
        let number = usize::from(claims.pieces);
        Self {
            sizes: PIECES[number / 2 % PIECES.len()],
            skips: Some(number % 2),
        }
    }

    /// The pieces of so many rows, and whether each is skipped.
    fn pieces(self, rows: usize) -> impl Iterator<Item = (usize, bool)> {
        let skips = move |at: usize| self.skips.is_some_and(|parity| parity == at % 2);
        pieces(self.sizes, rows)
            .enumerate()
            .map(move |(at, size)| (size, skips(at)))
    }

    /// The rows that are not skipped.
    fn rows(self, rows: usize) -> Vec<usize> {
        let skipped = self
            .pieces(rows)
            .flat_map(|(size, skipped)| std::iter::repeat_n(skipped, size));
        skipped
            .enumerate()
            .filter_map(|(row, skipped)| (!skipped).then_some(row))
            .collect()
    }
}

fn fill<T: Element>(
    lane: &mut Lane<T>,
    out: &mut [T],
    ways: Ways,
    chunk: &Chunk,
    buffers: &mut ReadBuffers,
) -> Result<Tally, Fault> {
    let mut rest = &mut *out;
    for (size, is_skipped) in ways.pieces(rest.len()) {
        let (piece, others) = rest.split_at_mut(size);
        if is_skipped {
            lane.skip(size, buffers)?;
        } else {
            lane.fill(piece, buffers)?;
        }
        rest = others;
    }
    if chunk.values > MOST as u64 {
        return Ok(Tally::default());
    }
    lane.finish(buffers)
}

/// What can be read can be skipped, unless memory runs short.
fn stricter(is_read: bool, skipping: Option<&Fault>, claims: &Claims) {
    if let Some(fault) = skipping {
        judge_fault(fault);
        let is_scarce = matches!(fault, Fault::Scarce { .. });
        assert!(!is_read || is_scarce, "skipping {fault:?}, {claims:?}");
    }
}

/// Two ways to read the same bytes that do not both succeed must both fail; only memory may run
/// short on one way alone.
fn differ(first: Option<&Fault>, second: Option<&Fault>, claims: &Claims) {
    let scarce = |fault| matches!(fault, Some(&Fault::Scarce { .. }));
    for fault in [first, second].into_iter().flatten() {
        judge_fault(fault);
    }
    let agreed = first.is_some() == second.is_some();
    assert!(
        agreed || scarce(first) || scarce(second),
        "at once {first:?}, in pieces {second:?}, {claims:?}"
    );
}

fn text(claims: &Claims, width: Width, column: &ColumnChunk<'_>) {
    let account = Account::new(ACCOUNT);
    let mut buffers = ReadBuffers::new(&account);
    let rows = MOST.min(claims.values as usize);
    let mut show = |ways: Ways| {
        let mut lane = BytesLane::new(column, width, &account)?;
        let mut shown = Vec::new();
        for (size, is_skipped) in ways.pieces(rows) {
            if is_skipped {
                lane.skip(size, &mut buffers)?;
                continue;
            }
            lane.show(size, &mut buffers, &mut |value| {
                shown.push(mixed(value));
                Ok(())
            })?;
        }
        assert_eq!(shown.len(), ways.rows(rows).len());
        if column.chunk.values <= MOST as u64 {
            lane.finish(&mut buffers)?;
        }
        Ok(shown)
    };
    let sizes = PIECES[usize::from(claims.pieces) % PIECES.len()];
    let whole = show(Ways::whole());
    match (&whole, show(Ways { sizes, skips: None })) {
        (Ok(first), Ok(second)) => assert_eq!(*first, second, "{claims:?}"),
        (first, second) => differ(first.as_ref().err(), second.err().as_ref(), claims),
    }
    let ways = Ways::skipping(claims);
    match (&whole, show(ways)) {
        (Ok(first), Ok(second)) => {
            let expected: Vec<u64> = ways.rows(rows).iter().map(|row| first[*row]).collect();
            assert_eq!(expected, second, "skipping, {claims:?}");
        }
        (first, second) => stricter(first.is_ok(), second.err().as_ref(), claims),
    }
}

/// A number that depends on a whole value.
fn mixed(value: Option<&[u8]>) -> u64 {
    let Some(bytes) = value else {
        return 1;
    };
    let front = bytes.iter().take(64);
    front.fold(bytes.len() as u64 + 2, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    })
}
