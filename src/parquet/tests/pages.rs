//! Page headers and footers: read as written, and refused wherever they are cut or changed.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::Account;
use crate::error::Result;
use crate::io::Source;
use crate::parquet::Footer;
use crate::parquet::page::header;
use crate::parquet::page::header::{Encoding, PageKind, Version};
use crate::parquet::tests::cases;
use crate::parquet::tests::compact::{Page, Sheet, Struct, around};

const HEADERS: usize = 3;

fn headers() -> [Page; HEADERS] {
    let mut two = Page::two([70_000, 12, 70_000], 8, 300, vec![]);
    two.head = [3, 9000, 1000];
    two.checksum = Some(-7);
    let statistics = Struct::default().binary(1, &[7; 200]).int(3, 5);
    two.about.1 = two.about.1.child(8, &statistics);
    [
        Page::one(1000, 0, vec![0; 30]),
        two,
        Page::dictionary(4, vec![0; 32]),
    ]
}

#[test]
fn headers_are_read_as_written() {
    let [one, two, dictionary] = headers().map(|page| {
        let bytes = page.bytes();
        let (header, length) = header::header(&bytes).unwrap();
        assert_eq!(length, page.header().len());
        header
    });
    let levels = Encoding::Rle;
    assert_eq!(
        one.kind,
        PageKind::Data(Version::One {
            levels,
            repetitions: Encoding::Rle,
        })
    );
    assert_eq!(
        (one.values, one.encoding, one.bytes, one.checksum),
        (1000, Encoding::Plain, 30, None)
    );
    let version = Version::Two {
        nulls: 12,
        rows: 70_000,
        definition_bytes: 300,
        repetition_bytes: 0,
        compressed: false,
    };
    assert_eq!(two.kind, PageKind::Data(version));
    assert_eq!(
        (two.plain_bytes, two.bytes, two.encoding),
        (9000, 1000, Encoding::Dictionary)
    );
    assert_eq!(two.checksum, Some((-7_i32).cast_unsigned()));
    assert_eq!(
        (dictionary.kind, dictionary.values),
        (PageKind::Dictionary, 4)
    );
}

#[test]
fn a_header_cut_anywhere_is_refused() {
    for page in headers() {
        let bytes = page.header();
        for cut in 0..bytes.len() {
            assert!(header::header(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}

#[test]
fn a_header_that_contradicts_itself_is_refused() {
    let [one, two, dictionary] = headers();
    for (mut page, kind) in [(one, 3), (two, 0), (dictionary, 0)] {
        page.head[0] = kind;
        assert!(header::header(&page.header()).is_err());
    }
    let none = Struct::default().int(1, 0).int(2, 10).int(3, 10).end();
    assert!(header::header(&none).is_err());
    for encoding in [1, 10, 11, 99, -1] {
        assert!(header::header(&Page::one(1, encoding, vec![]).header()).is_err());
    }
    for (values, sizes) in [(-1, [0, 5, 5]), (1, [0, -5, 5]), (1, [0, 5, -5])] {
        let mut page = Page::one(values, 0, vec![]);
        page.head = sizes;
        assert!(header::header(&page.header()).is_err());
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn a_header_of_any_bytes_is_an_answer(bytes in vec(any::<u8>(), 0..120)) {
        if let Ok((_, length)) = header::header(&bytes) {
            prop_assert!(length <= bytes.len());
        }
    }

    #[test]
    fn a_changed_header_is_an_answer(which in 0..HEADERS, at in 0..1000_usize, byte: u8) {
        let mut bytes = headers()[which].header();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok((_, length)) = header::header(&bytes) {
            prop_assert!(length <= bytes.len());
        }
    }
}

/// Walks the footer of a file with these bytes.
fn walk(bytes: &[u8]) -> Result<u64> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, bytes).unwrap();
    let source = Source::open(&path, None)?;
    let mut rows = 0;
    let footer = Footer::walk(&source, &Account::new(1 << 20), &mut |schema, row_group| {
        assert_eq!(row_group.chunks.len(), schema.leaves);
        rows += row_group.rows;
        Ok(())
    })?;
    assert_eq!(footer.rows, rows);
    Ok(rows)
}

fn sheet() -> Sheet {
    Sheet::new(5, vec![Page::one(5, 0, vec![1; 20])])
}

#[test]
fn a_footer_is_read_as_written() {
    assert_eq!(walk(&sheet().file()).unwrap(), 5);
}

#[test]
fn a_footer_cut_anywhere_is_refused() {
    let footer = sheet().footer();
    for cut in 0..footer.len() {
        assert!(
            walk(&around(&[0; 40], &footer[..cut])).is_err(),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = sheet().file();
    for cut in 0..file.len() {
        assert!(walk(&file[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_footer_with_any_byte_changed_is_an_answer() {
    let footer = sheet().footer();
    for at in 0..footer.len() {
        for change in [0x01, 0x10, 0x80, 0xff] {
            let mut footer = footer.clone();
            footer[at] ^= change;
            // Whether it is refused depends on the byte; that it ends does not.
            let _ = walk(&around(&[0; 40], &footer));
        }
    }
}
