//! Files that contradict themselves: each claim in turn is false.

use onecopy::dataset::{Origins, inspect};
use onecopy::error::{Checkpoint, Error};
use onecopy::plan::{Options, Plan};
use tempfile::tempdir;

use super::run_bytes;
use crate::support::compact::{Page, Sheet, Struct, around};

/// Loads one sheet, and returns its rows.
fn load(sheet: &Sheet) -> Result<u64, Error> {
    let folder = tempdir().unwrap();
    run_bytes(&folder.path().join("x"), &sheet.file()).map(|report| report.rows)
}

fn corrupt(sheet: &Sheet, what: &str) {
    match load(sheet) {
        Err(Error::Corrupt { what: found, .. }) => assert!(found.contains(what), "{found}"),
        other => panic!("{what}: {other:?}"),
    }
}

fn unsupported(sheet: &Sheet, what: &str) {
    match load(sheet) {
        Err(Error::Unsupported { what: found, .. }) => assert!(found.contains(what), "{found}"),
        other => panic!("{what}: {other:?}"),
    }
}

/// `count` plain values.
fn values(count: u8) -> Vec<u8> {
    (0..count)
        .flat_map(|value| u32::from(value).to_le_bytes())
        .collect()
}

fn plain(count: u8) -> Page {
    Page::one(count.into(), 0, values(count))
}

fn sheet() -> Sheet {
    Sheet::new(8, vec![plain(5), plain(3)])
}

/// Pages of version 2 with levels: `null_at` 3 of 8 rows.
fn nullable(nulls: i64, rows: i64) -> Sheet {
    let body = [vec![0x03, 0b1111_0111], values(7)].concat();
    let page = Page::two([8, nulls, rows], 0, 2, body);
    Sheet {
        nullable: true,
        ..Sheet::new(8, vec![page])
    }
}

#[test]
fn honest_files_are_read() {
    assert_eq!(load(&sheet()).unwrap(), 8);
    assert_eq!(load(&nullable(1, 8)).unwrap(), 8);
    let mut pages = vec![
        Page::dictionary(3, values(3)),
        Page::one(8, 8, vec![2, 0x03, 0x24, 0x92]),
    ];
    assert_eq!(load(&Sheet::new(8, pages.clone())).unwrap(), 8);
    // A page of no values changes nothing.
    pages.push(plain(0));
    assert_eq!(load(&Sheet::new(8, pages)).unwrap(), 8);
}

/// An honest sheet with one change.
fn but(change: impl FnOnce(&mut Sheet)) -> Sheet {
    let mut sheet = sheet();
    change(&mut sheet);
    sheet
}

/// A sheet whose footer claims `rows` rows in every place.
fn all_say(rows: i64) -> Sheet {
    but(|sheet| (sheet.rows, sheet.values) = ([rows; 2], rows))
}

#[test]
fn counts_that_disagree() {
    corrupt(&but(|s| s.rows = [9, 8]), "the footer says 9 rows");
    corrupt(&but(|s| s.rows = [8, 9]), "8 values for 9 rows");
    corrupt(&but(|s| s.rows = [9, 9]), "8 values for 9 rows");
    corrupt(&but(|s| s.values = 7), "7 values for 8 rows");
    corrupt(&all_say(9), "the pages end 1 values before");
    corrupt(&all_say(7), "a page of 3 values where 2 are left");
    corrupt(&all_say(5), "more pages than its values need");
    corrupt(&but(|s| s.rows = [i64::MAX; 2]), "8 values for");
    corrupt(&all_say(i64::MAX), "values in");
}

#[test]
fn pages_that_lie() {
    let with = |page: Page| Sheet::new(8, vec![page]);
    corrupt(&with(Page::one(8, 0, values(7))), "end before its rows do");
    corrupt(
        &with(Page::one(8, 0, values(9))),
        "more values than its levels say",
    );
    corrupt(&with(Page::one(8, 6, values(8))), "does not go with");
    corrupt(&with(Page::one(8, 1, values(8))), "unknown encoding");
    unsupported(&with(Page::one(8, 10, values(8))), "ALP");
    let mut page = plain(8);
    page.head[1] = 33;
    corrupt(&with(page), "claims 33");
    let mut page = plain(8);
    page.head[2] = 33;
    corrupt(&with(page), "behind the end of its chunk");
    let mut page = plain(8);
    page.head = [0, 1 << 40, 1 << 40];
    corrupt(&with(page), "");
    let mut page = plain(8);
    page.checksum = Some(12);
    corrupt(&with(page), "checksum");
}

#[test]
fn levels_that_lie() {
    corrupt(&nullable(2, 8), "has 1 nulls and claims 2");
    corrupt(&nullable(1, 7), "repeated rows");
    let one = |body: Vec<u8>| Sheet {
        nullable: true,
        ..Sheet::new(8, vec![Page::one(8, 0, body)])
    };
    let levels = |length: u8, levels: &[u8]| [&[length, 0, 0, 0][..], levels, &values(7)].concat();
    assert_eq!(load(&one(levels(2, &[0x03, 0xf7]))).unwrap(), 8);
    corrupt(
        &one(levels(200, &[0x03, 0xf7])),
        "levels of a page end too early",
    );
    corrupt(&one(levels(2, &[0x03, 0xff])), "end before its rows do");
    corrupt(
        &one(levels(2, &[0x03, 0x77])),
        "more values than its levels say",
    );
    corrupt(&one(levels(2, &[0x02, 0x01])), "runs of a page end");
    corrupt(&one(levels(2, &[0x10, 0x02])), "wider than its bit width");
    corrupt(&one(vec![2, 0, 0]), "too early");
    let mut two = nullable(1, 8);
    two.pages[0] = Page::two([8, 1, 8], 0, 200, values(8));
    corrupt(&two, "longer than the page");
}

#[test]
fn dictionaries_that_lie() {
    let with = |pages: Vec<Page>| Sheet::new(8, pages);
    let indices = |body: &[u8]| Page::one(8, 8, body.to_vec());
    corrupt(
        &with(vec![indices(&[1, 0x10, 0])]),
        "a dictionary that is not there",
    );
    let dictionary = || Page::dictionary(3, values(3));
    corrupt(
        &with(vec![dictionary(), indices(&[2, 0x10, 3])]),
        "index 3 into a dictionary of 3",
    );
    corrupt(
        &with(vec![dictionary(), indices(&[2, 0x03, 0xff, 0])]),
        "index 3 into",
    );
    corrupt(
        &with(vec![dictionary(), indices(&[33, 0x10, 0])]),
        "bit width of 33",
    );
    corrupt(
        &with(vec![dictionary(), dictionary(), indices(&[2, 0x10, 0])]),
        "two dictionaries",
    );
    corrupt(
        &with(vec![Page::dictionary(4, values(3)), indices(&[2, 0x10, 0])]),
        "4 entries",
    );
    corrupt(
        &with(vec![
            Page::dictionary(i64::MAX, values(3)),
            indices(&[2, 0x10, 0]),
        ]),
        "",
    );
    corrupt(
        &with(vec![dictionary(), indices(&[2, 0x0e, 0])]),
        "runs of a page end",
    );
}

#[test]
fn chunks_that_lie() {
    corrupt(&but(|s| s.more = 1 << 40), "data ends at");
    corrupt(&but(|s| s.more = i64::MAX - 10_000), "data ends at");
    corrupt(&but(|s| s.start = Some(0)), "from 0 on");
    corrupt(&but(|s| s.start = Some(-1)), "negative");
    corrupt(&but(|s| s.start = Some(20)), "");
    corrupt(&but(|s| s.physical = 5), "physical type");
    corrupt(&but(|s| s.physical = 300), "unknown type");
    corrupt(&but(|s| s.codec = 9), "codec");
    corrupt(&but(|s| s.codec = 6), "do not decompress");
    unsupported(&but(|s| s.codec = 3), "LZO");
    unsupported(&but(|s| s.elsewhere = true), "another file");
}

#[test]
fn what_is_not_a_file_of_ours() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x");
    for bytes in [
        &b""[..],
        b"PAR1",
        b"a,b\n1,2\n3,4\n5,6\n",
        &[0; 1000],
        b"PAR1\xff\xff\xff\xffPAR1",
    ] {
        assert!(matches!(
            run_bytes(&path, bytes),
            Err(Error::Corrupt { .. })
        ));
    }
    let mut encrypted = sheet().file();
    let end = encrypted.len() - 1;
    encrypted[end] = b'E';
    assert!(matches!(
        run_bytes(&path, &encrypted),
        Err(Error::Unsupported { .. })
    ));
}

/// A file without rows, of one struct of `count` columns, each of which claims `bytes`.
fn claiming(count: usize, bytes: i64) -> Vec<u8> {
    let leaf = Struct::default().int(1, 1).int(3, 0).binary(4, b"x");
    let mut schema = vec![leaf; count];
    let group = Struct::default().int(3, 0).binary(4, b"group");
    schema.insert(0, group.int(5, i64::try_from(count).unwrap()));
    schema.insert(0, Struct::default().binary(4, b"root").int(5, 1));
    let about = Struct::default().int(1, 1).ints(2, &[0]).int(4, 0);
    let about = about.int(5, 0).int(6, bytes).int(7, bytes).int(9, 4);
    let chunks = vec![Struct::default().child(3, &about); count];
    let row_group = Struct::default().children(1, &chunks).int(2, 0).int(3, 0);
    let footer = Struct::default().int(1, 1).children(2, &schema).int(3, 0);
    around(&[], &footer.children(4, &[row_group]).end())
}

#[test]
fn claims_that_add_up_to_more_than_there_is() {
    let folder = tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for path in &paths {
        std::fs::write(path, claiming(3, i64::MAX)).unwrap();
    }
    let facts = inspect::inspect(&Origins::files(&paths), Checkpoint::NONE).unwrap();
    assert_eq!(facts.columns[0].bytes, u64::MAX);
    assert!(Plan::new(&paths, Options::default()).is_err());
}
