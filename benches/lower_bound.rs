//! The least that a load can cost on this machine: each step that no reader can leave out, measured
//! alone, on one thread, over the bytes of a real file, and shared by all threads.
//!
//! ```text
//! bound = (read + decompress + convert + clear + store + scan) / threads
//! ```
//!
//! `cargo bench --bench lower_bound -- FILE... [--exclude COLUMN] [--threads N]` prints one line of
//! JSON for each term, the median of several turns. With `--turns` it takes one turn for each line
//! of its input, so that it can take turns with what it is compared to.
#![expect(
    clippy::print_stdout,
    reason = "a program that prints what it measures"
)]

use std::hint::black_box;
use std::io::stdin;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use onecopy::account::{Account, Scratch};
use onecopy::error::{Error, Result};
use onecopy::io::Source;
use onecopy::kernel::moves::fill::fill_rows;
use onecopy::kernel::scalar::plain::decode_plain;
use onecopy::kernel::{Cleaner, Rule, Tally};
use onecopy::parquet::page::buffers::ReadBuffers;
use onecopy::parquet::page::reader::Pages;
use onecopy::parquet::{Chunk, ColumnChunk, Footer, Nesting};
use onecopy::plan::{Options, Plan};
use onecopy::sys::Mapping;
use onecopy::types::Order;

/// Turns of which the median counts.
const TURNS: usize = 5;
/// The terms, in the order in which they are measured.
const TERMS: [&str; 6] = ["read", "decompress", "convert", "clear", "store", "scan"];
/// Values that are converted while they stay in the first cache.
const HOT: usize = 2048;

/// The work that the files given take.
#[derive(Default)]
struct Work {
    chunks: Vec<(Arc<Source>, Chunk)>,
    values: usize,
    rows: usize,
    columns: usize,
}

impl Work {
    /// Bytes of the output.
    const fn output(&self) -> usize {
        self.values * size_of::<f32>()
    }
}

/// The seconds of each term.
type Turn = [f64; TERMS.len()];

fn main() -> Result<()> {
    let mut paths = Vec::<PathBuf>::new();
    let mut threads = 2;
    let mut is_asked = false;
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(2),
            "--exclude" => options.exclude.extend(arguments.next()),
            "--turns" => is_asked = true,
            // `cargo bench` hands this to every bench.
            "--bench" => {}
            _ => paths.push(argument.into()),
        }
    }
    if paths.is_empty() {
        println!("lower_bound: no file is named, so nothing is measured");
        return Ok(());
    }
    let work = survey(&paths, options)?;
    let mut mapping = mapped(work.output())?;
    mapping.handle().prefault(&(0..work.output()));
    if is_asked {
        for _ in stdin().lines().map_while(std::io::Result::ok) {
            show(turn(&work, &mut mapping)?, threads, &work);
        }
        return Ok(());
    }
    let turns = (0..TURNS).map(|_| turn(&work, &mut mapping));
    let turns = turns.collect::<Result<Vec<Turn>>>()?;
    let middles = std::array::from_fn(|term| {
        let mut seconds: Vec<f64> = turns.iter().map(|turn| turn[term]).collect();
        seconds.sort_by(f64::total_cmp);
        seconds[TURNS / 2]
    });
    show(middles, threads, &work);
    Ok(())
}

/// Prints the terms, followed by the lower bound.
fn show(turn: Turn, threads: u32, work: &Work) {
    for (term, seconds) in TERMS.iter().zip(turn) {
        println!("{{\"term\": \"{term}\", \"seconds\": {seconds:.4}}}");
    }
    let bound = turn.iter().sum::<f64>() / f64::from(threads);
    println!(
        "{{\"bound_seconds\": {bound:.4}, \"threads\": {threads}, \"output_bytes\": {}}}",
        work.output()
    );
}

/// Measures each term once.
fn turn(work: &Work, mapping: &mut Mapping) -> Result<Turn> {
    let read = unpack(work, false)?;
    let is_plain = work.chunks.iter().all(|(_, chunk)| chunk.codec == 0);
    let whole = if is_plain { read } else { unpack(work, true)? };
    let convert = convert(work.values);
    // The first calls are warm-ups: pages that the host took back are slower to clear, and pages
    // not written for a while slower to write.
    clear(2 * work.output())?;
    let clear = clear(work.output())?;
    store(mapping, work);
    Ok([
        read,
        whole - read,
        convert,
        clear,
        store(mapping, work),
        scan(mapping, work),
    ])
}

fn survey(paths: &[PathBuf], options: Options) -> Result<Work> {
    let plan = Plan::new(paths, options)?;
    let mut work = Work {
        values: plan.rows * plan.features.len(),
        rows: plan.rows,
        columns: plan.features.len(),
        ..Work::default()
    };
    let account = Account::new(64 << 20);
    for (file, path) in plan.files.iter().zip(paths) {
        let source = Source::open(path, None)?;
        let mut row_groups =
            Footer::walk(&source, &account, &mut |_, _| Ok(()))?.row_groups(&source, &account);
        while let Some(row_group) = row_groups.next()? {
            let leaves = plan.selection[file.layout].iter().flatten();
            for slot in leaves {
                work.chunks
                    .push((Arc::clone(&source), row_group.chunks[slot.leaf]));
            }
        }
    }
    Ok(work)
}

/// Reads all chunks, and decompresses their pages if `whole`.
fn unpack(work: &Work, whole: bool) -> Result<f64> {
    let account = Account::new(1 << 30);
    let mut reader = ReadBuffers::new(&account);
    let mut buffer = vec![0; 128 << 10];
    let nowhere = |fault: onecopy::error::Fault| fault.at(onecopy::error::Place::default());
    let mut body = Scratch::new(&account);
    let began = Instant::now();
    for (source, chunk) in &work.chunks {
        if !whole || chunk.codec == 0 {
            let mut at = chunk.start;
            while at < chunk.start + chunk.bytes {
                let left = usize::try_from(chunk.start + chunk.bytes - at).unwrap_or(usize::MAX);
                let part = &mut buffer[..left.min(128 << 10)];
                source.read_at(at, part)?;
                at += part.len() as u64;
            }
            continue;
        }
        let column = ColumnChunk {
            source,
            chunk,
            nesting: Nesting::flat(true),
        };
        let mut pages = Pages::new(&column).map_err(nowhere)?;
        while let Some(found) = pages.find(&mut reader).map_err(nowhere)? {
            let page = pages.take(&found, false, &mut reader, &mut body);
            black_box(page.map_err(nowhere)?.header.values);
        }
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Casts and cleans so many values that stay in the first cache.
fn convert(values: usize) -> f64 {
    let bytes = vec![1; HOT * 8];
    let mut out = vec![0.0_f32; HOT];
    let cleaner = &mut Cleaner {
        rule: &Rule::keep(),
        tally: &mut Tally::default(),
    };
    let began = Instant::now();
    for _ in 0..values / HOT {
        decode_plain::<f64, f32>(black_box(&bytes), &mut out, cleaner);
        black_box(&mut out);
    }
    began.elapsed().as_secs_f64()
}

/// Prefaults fresh memory.
fn clear(bytes: usize) -> Result<f64> {
    let fresh = mapped(bytes)?;
    let began = Instant::now();
    fresh.handle().prefault(&(0..bytes));
    Ok(began.elapsed().as_secs_f64())
}

fn mapped(bytes: usize) -> Result<Mapping> {
    Mapping::anonymous(bytes, None).map_err(|e| Error::io("memory".as_ref(), e))
}

/// Writes the output once, in the order of memory.
fn store(mapping: &mut Mapping, work: &Work) -> f64 {
    let began = Instant::now();
    if let Some(mut view) = mapping.view::<f32>((work.rows, work.columns), Order::C) {
        view.fill(black_box(1.0));
    }
    began.elapsed().as_secs_f64()
}

/// Scans every value once more for gaps.
fn scan(mapping: &mut Mapping, work: &Work) -> f64 {
    let fills = vec![0.0_f32; work.columns];
    let began = Instant::now();
    if let Some(mut view) = mapping.view::<f32>((work.rows, work.columns), Order::C)
        && let Some(values) = view.as_slice_mut()
    {
        fill_rows(values, &fills);
    }
    began.elapsed().as_secs_f64()
}
