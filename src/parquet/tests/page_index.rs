//! Page indexes: one that is right gives its pages, and one that contradicts anything is not used.

use std::io::Write;

use crate::account::Account;
use crate::io::Source;
use crate::parquet::tests::compact::{Struct, list_head};
use crate::parquet::{Bound, Chunk, Hints, IndexedChunk, Location};

const ROWS: u64 = 30;
/// Where the chunk begins, and its bytes.
const DATA: (u64, u64) = (100, 90);

/// Pages of an index: where each is, its bytes and its first row.
#[derive(Clone)]
struct Index {
    places: Vec<[i64; 3]>,
    only_nulls: Vec<bool>,
    bounds: Vec<&'static [u8]>,
    nulls: Option<Vec<i64>>,
}

impl Index {
    fn right() -> Self {
        Self {
            places: vec![[110, 20, 0], [130, 20, 10], [150, 40, 25]],
            only_nulls: vec![false, true, false],
            bounds: vec![b"a", b"", b"c"],
            nulls: Some(vec![2, 15, 0]),
        }
    }

    fn offsets(&self) -> Vec<u8> {
        let places = self.places.iter();
        let places = places.map(|[start, bytes, row]| {
            Struct::default().int(1, *start).int(2, *bytes).int(3, *row)
        });
        let places: Vec<Struct> = places.collect();
        Struct::default().children(1, &places).end()
    }

    fn columns(&self) -> Vec<u8> {
        let mut bytes = vec![0x19];
        bytes.extend(list_head(self.only_nulls.len() as u64, 1));
        bytes.extend(self.only_nulls.iter().map(|only| if *only { 1 } else { 2 }));
        for _ in 0..2 {
            bytes.push(0x19);
            bytes.extend(list_head(self.bounds.len() as u64, 8));
            for bound in &self.bounds {
                bytes.push(u8::try_from(bound.len()).unwrap());
                bytes.extend(*bound);
            }
        }
        // The order of the bounds, which is not needed.
        bytes.extend([0x15, 2]);
        if let Some(nulls) = &self.nulls {
            bytes.push(0x19);
            bytes.extend(list_head(nulls.len() as u64, 6));
            bytes.extend(nulls.iter().map(|n| u8::try_from(2 * n).unwrap()));
        }
        bytes.push(0);
        bytes
    }

    /// The first row, the rows and the nulls of each page, where the index is used.
    fn read(&self, nulls: Option<u64>) -> Option<Vec<(u64, u64, Option<u64>)>> {
        let (offsets, columns) = (self.offsets(), self.columns());
        let front = DATA.0 + DATA.1;
        let bytes = [
            vec![0; usize::try_from(front).unwrap()],
            offsets.clone(),
            columns.clone(),
        ];
        let at = |start: u64, bytes: &[u8]| Location {
            start: Some(start),
            length: Some(bytes.len() as u64),
        };
        let hints = Hints {
            offset_index: at(front, &offsets),
            column_index: at(front + offsets.len() as u64, &columns),
            ..Hints::default()
        };
        read(&bytes.concat(), hints, nulls)
    }
}

fn read(bytes: &[u8], hints: Hints, nulls: Option<u64>) -> Option<Vec<(u64, u64, Option<u64>)>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let source = Source::open(file.path(), None).unwrap();
    let chunk = Chunk {
        start: DATA.0,
        bytes: DATA.1,
        values: ROWS,
        nulls,
        ..Chunk::default()
    };
    let indexed = IndexedChunk {
        source: &source,
        chunk: &chunk,
        hints: &hints,
        rows: ROWS,
    };
    let pages = indexed.pages(&Account::new(1 << 20)).unwrap()?;
    let pages = pages.all().iter();
    Some(
        pages
            .map(|page| (page.first_row, page.rows, page.nulls))
            .collect(),
    )
}

#[test]
fn a_right_index_gives_its_pages() {
    let pages = vec![(0, 10, Some(2)), (10, 15, Some(15)), (25, 5, Some(0))];
    assert_eq!(Index::right().read(Some(17)), Some(pages.clone()));
    assert_eq!(Index::right().read(None), Some(pages));
    let uncounted = Index {
        nulls: None,
        ..Index::right()
    };
    let pages = vec![(0, 10, None), (10, 15, Some(15)), (25, 5, None)];
    assert_eq!(uncounted.read(Some(17)), Some(pages));
}

#[test]
fn an_index_that_contradicts_anything_is_not_used() {
    let with = |change: &dyn Fn(&mut Index)| {
        let mut index = Index::right();
        change(&mut index);
        index.read(Some(17))
    };
    assert_eq!(Index::right().read(Some(16)), None);
    let changes: [&dyn Fn(&mut Index); 14] = [
        &|index| index.places[0][2] = 1,
        &|index| index.places[1][2] = 25,
        &|index| index.places[1][2] = 26,
        &|index| index.places[2][2] = 30,
        &|index| index.places[2][2] = -1,
        &|index| index.places[0][0] = 99,
        &|index| index.places[1][0] = 129,
        &|index| index.places[2][1] = 41,
        &|index| index.places.truncate(2),
        &|index| index.places.clear(),
        &|index| index.bounds.truncate(2),
        &|index| index.only_nulls[0] = true,
        &|index| index.nulls = Some(vec![2, 14, 1]),
        &|index| index.nulls = Some(vec![2, 15]),
    ];
    for (at, change) in changes.iter().enumerate() {
        assert_eq!(with(*change), None, "change {at}");
    }
}

#[test]
fn an_index_that_is_not_in_the_file_is_not_used() {
    let index = Index::right();
    let bytes = [index.offsets(), index.columns()].concat();
    for length in [0, bytes.len() as u64 + 1, 1 << 62] {
        let place = Location {
            start: Some(0),
            length: Some(length),
        };
        let hints = Hints {
            offset_index: place,
            column_index: place,
            ..Hints::default()
        };
        assert_eq!(read(&bytes, hints, None), None);
    }
    assert_eq!(read(&bytes, Hints::default(), None), None);
    let bound = Bound::new(&[7; 40], None);
    assert!(!bound.is_whole() && bound.bytes() == [7; 32] && bound.word().is_none());
}
