//! Texts as codes: what is learned of a chunk, row by row or from its dictionary, has a code for each of
//! its texts.

use std::sync::Arc;

use onecopy::account::Account;
use onecopy::error::{Checkpoint, Fault};
use onecopy::kernel::Rule;
use onecopy::kernel::moves::exchange::exchange;
use onecopy::parquet::lane::bytes::BytesLane;
use onecopy::parquet::lane::categories::{Categories, add_entries};
use onecopy::parquet::page::buffers::ReadBuffers;
use onecopy::parquet::page::dictionary::DictionaryPage;
use onecopy::parquet::page::levels::BLOCK;
use onecopy::parquet::{ColumnChunk, Kind, Lane, Stored};
use onecopy::texts::{SharedTexts, TextCodes, Texts, Vocabulary};

use super::judge_fault;

/// Bytes that one read may lease.
const ACCOUNT: usize = 64 << 20;
/// Stands for a null, and for a text without a code.
const NULL: f64 = -2.0;
const UNKNOWN: f64 = -1.0;

/// Learns the texts of `rows` rows in both ways, and looks all of them up.
pub fn check(column: &ColumnChunk<'_>, bytes: Option<usize>, rows: usize) {
    let kind = Kind::Text {
        bytes,
        is_text: false,
        was_dictionary: None,
    };
    let account = Account::new(ACCOUNT);
    let [by_rows, by_pages] = [false, true].map(|by_pages| {
        let learned = learn(column, kind, by_pages, rows, &account);
        learned.map_err(|fault| judge_fault(&fault)).ok()
    });
    let Some(texts) = by_rows else {
        return;
    };
    if let Some(all) = &by_pages {
        let is_known = |text: &[u8]| all.find(text).is_some();
        assert!(texts.iter().all(is_known), "a text is in no page");
    }
    let texts = Arc::new(texts);
    if let Err(fault) = compare(column, kind, &texts, rows, &account) {
        judge_fault(&fault);
    }
}

fn learn(
    column: &ColumnChunk<'_>,
    kind: Kind,
    by_pages: bool,
    rows: usize,
    account: &Arc<Account>,
) -> Result<Texts, Fault> {
    let mut buffers = ReadBuffers::new(account);
    let mut vocabulary = Vocabulary::new(account);
    let mut categories = Categories::new(column, kind, account)?;
    let mut take = |text: &[u8]| vocabulary.adds(text, Checkpoint::NONE);
    if by_pages {
        if categories.all(&mut buffers, &mut take)? {
            categories.entries(&mut take)?;
        }
    } else {
        for first in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - first);
            categories.wanted(count, &[u64::MAX; BLOCK / 64], &mut buffers, &mut take)?;
        }
    }
    vocabulary.sorted(Checkpoint::NONE)
}

/// The texts of the dictionary, if there is one; most likely not all are those of rows.
fn foresee(column: &ColumnChunk<'_>, kind: Kind, account: &Arc<Account>) -> Result<Texts, Fault> {
    let mut buffers = ReadBuffers::new(account);
    let mut texts = Vocabulary::new(account);
    let page = DictionaryPage::read(column, kind.width(), &mut buffers, account);
    let added =
        page.and_then(|page| page.map_or(Ok(()), |page| add_entries(page, kind, &mut texts)));
    // What is foreseen is a guess, which damage ends.
    if added.is_err() {
        texts.clear();
    }
    texts.sorted(Checkpoint::NONE)
}

fn compare(
    column: &ColumnChunk<'_>,
    kind: Kind,
    texts: &Arc<Texts>,
    rows: usize,
    account: &Arc<Account>,
) -> Result<(), Fault> {
    let mut buffers = ReadBuffers::new(account);
    let rule = Rule {
        null: NULL,
        ..Rule::all(UNKNOWN)
    };
    let shared = [None, Some(foresee(column, kind, account)?)]
        .map(|foreseen| Arc::new(SharedTexts::new(foreseen, account)));
    let numbered = shared
        .each_ref()
        .map(|shared| TextCodes::Numbered(Arc::clone(shared)));
    let [one, other] = numbered;
    let each = [TextCodes::Known(Arc::clone(texts)), one, other];
    let mut out = each.each_ref().map(|_| vec![0.0_f64; rows]);
    for (out, texts) in out.iter_mut().zip(each) {
        let texts = Some(texts);
        let stored = Stored { kind, texts };
        Lane::new(column, &stored, &rule, account)?.fill(out, &mut buffers)?;
    }
    for (numbers, shared) in out[1..].iter_mut().zip(shared) {
        let met = shared.take(Checkpoint::NONE)?;
        let codes = (0..).take(met.texts.len()).map(|number| {
            let text = met.texts.get(met.code(number) as usize);
            texts.find(text).map_or(UNKNOWN, f64::from)
        });
        exchange(numbers, &codes.collect::<Vec<f64>>());
    }
    let mut row = 0;
    let mut lane = BytesLane::new(column, kind.width(), account)?;
    lane.show(rows, &mut buffers, &mut |text| {
        let expected = text.map_or(NULL, |text| texts.find(text).map_or(UNKNOWN, f64::from));
        for out in &out {
            assert!(out[row].to_bits() == expected.to_bits(), "row {row}");
        }
        row += 1;
        Ok(())
    })
}
