//! A writer of the compact Thrift protocol, and Parquet files that are built with it by hand, so that a
//! test can make claims that no correct writer would.

/// The fields of one struct, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

pub(crate) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

pub(crate) fn zigzag(value: i64) -> Vec<u8> {
    varint((value << 1 ^ value >> 63).cast_unsigned())
}

impl Struct {
    fn head(&mut self, id: i16, wire: u8) {
        let delta = id - self.last;
        self.last = id;
        if let Some(delta) = u8::try_from(delta)
            .ok()
            .filter(|delta| (1..16).contains(delta))
        {
            self.bytes.push(delta << 4 | wire);
        } else {
            self.bytes.push(wire);
            self.bytes.extend(zigzag(id.into()));
        }
    }

    fn with(mut self, id: i16, wire: u8, value: &[u8]) -> Self {
        self.head(id, wire);
        self.bytes.extend(value);
        self
    }

    pub(crate) fn bool(self, id: i16, value: bool) -> Self {
        self.with(id, if value { 1 } else { 2 }, &[])
    }

    pub(crate) fn int(self, id: i16, value: i64) -> Self {
        self.with(id, 6, &zigzag(value))
    }

    pub(crate) fn binary(self, id: i16, value: &[u8]) -> Self {
        let length = varint(value.len() as u64);
        self.with(id, 8, &[&length, value].concat())
    }

    pub(crate) fn child(self, id: i16, child: &Self) -> Self {
        self.with(id, 12, &child.end())
    }

    pub(crate) fn children(self, id: i16, children: &[Self]) -> Self {
        let mut list = list_head(children.len() as u64, 12);
        list.extend(children.iter().flat_map(Self::end));
        self.with(id, 9, &list)
    }

    pub(crate) fn ints(self, id: i16, values: &[i64]) -> Self {
        let mut list = list_head(values.len() as u64, 5);
        list.extend(values.iter().flat_map(|value| zigzag(*value)));
        self.with(id, 9, &list)
    }

    /// The bytes of the whole struct.
    pub(crate) fn end(&self) -> Vec<u8> {
        [self.bytes.as_slice(), &[0]].concat()
    }
}

pub(crate) fn list_head(count: u64, wire: u8) -> Vec<u8> {
    match u8::try_from(count) {
        Ok(count) if count < 15 => vec![count << 4 | wire],
        _ => [vec![15 << 4 | wire], varint(count)].concat(),
    }
}

/// A page: its header and what follows it.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The kind, the bytes after decompression, and the bytes.
    pub(crate) head: [i64; 3],
    pub(crate) checksum: Option<i64>,
    /// The field that describes it, and its struct.
    pub(crate) about: (i16, Struct),
    pub(crate) body: Vec<u8>,
}

impl Page {
    fn new(kind: i64, about: (i16, Struct), body: Vec<u8>) -> Self {
        let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
        Self {
            head: [kind, length, length],
            checksum: None,
            about,
            body,
        }
    }

    /// A data page of version 1.
    pub(crate) fn one(values: i64, encoding: i64, body: Vec<u8>) -> Self {
        let about = Struct::default().int(1, values).int(2, encoding);
        Self::new(0, (5, about.int(3, 3).int(4, 3)), body)
    }

    /// A data page of version 2: values, nulls, rows; bytes of definition levels.
    pub(crate) fn two(counts: [i64; 3], encoding: i64, levels: i64, body: Vec<u8>) -> Self {
        let [values, nulls, rows] = counts;
        let about = Struct::default().int(1, values).int(2, nulls).int(3, rows);
        let about = about.int(4, encoding).int(5, levels).int(6, 0);
        Self::new(3, (8, about.bool(7, false)), body)
    }

    /// A dictionary page.
    pub(crate) fn dictionary(values: i64, body: Vec<u8>) -> Self {
        Self::new(2, (7, Struct::default().int(1, values).int(2, 0)), body)
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        let [kind, plain, bytes] = self.head;
        let mut header = Struct::default().int(1, kind).int(2, plain).int(3, bytes);
        if let Some(checksum) = self.checksum {
            header = header.int(4, checksum);
        }
        header.child(self.about.0, &self.about.1).end()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.header(), self.body.clone()].concat()
    }
}

/// A file of one row group with one INT32 column, and what its footer claims.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) pages: Vec<Page>,
    pub(crate) nullable: bool,
    /// Rows, as the footer says and as the row group says.
    pub(crate) rows: [i64; 2],
    /// Values, as the chunk says.
    pub(crate) values: i64,
    pub(crate) codec: i64,
    /// The physical type, as the chunk says.
    pub(crate) physical: i64,
    /// The first byte that the chunk claims, where it is false.
    pub(crate) start: Option<i64>,
    /// Bytes that the chunk claims beyond its own.
    pub(crate) more: i64,
    /// The path of another file.
    pub(crate) elsewhere: bool,
}

impl Sheet {
    /// Honest claims about `rows` rows in `pages`.
    pub(crate) fn new(rows: i64, pages: Vec<Page>) -> Self {
        Self {
            pages,
            nullable: false,
            rows: [rows; 2],
            values: rows,
            codec: 0,
            physical: 1,
            start: None,
            more: 0,
            elsewhere: false,
        }
    }

    pub(crate) fn footer(&self) -> Vec<u8> {
        let bytes: usize = self.pages.iter().map(|page| page.bytes().len()).sum();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX) + self.more;
        let root = Struct::default().binary(4, b"root").int(5, 1);
        let leaf = Struct::default().int(1, 1).int(3, self.nullable.into());
        let statistics = Struct::default()
            .int(3, 0)
            .binary(5, &[9; 4])
            .binary(6, &[1; 4]);
        let metadata = Struct::default()
            .int(1, self.physical)
            .ints(2, &[0, 3])
            .int(4, self.codec)
            .int(5, self.values)
            .int(6, bytes)
            .int(7, bytes)
            .int(9, self.start.unwrap_or(4))
            .child(12, &statistics);
        let mut chunk = Struct::default();
        if self.elsewhere {
            chunk = chunk.binary(1, b"other.parquet");
        }
        let row_group = Struct::default()
            .children(1, &[chunk.int(2, 4).child(3, &metadata)])
            .int(2, bytes)
            .int(3, self.rows[1]);
        Struct::default()
            .int(1, 1)
            .children(2, &[root, leaf.binary(4, b"x")])
            .int(3, self.rows[0])
            .children(4, &[row_group])
            .end()
    }

    /// The whole file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let pages: Vec<u8> = self.pages.iter().flat_map(Page::bytes).collect();
        around(&pages, &self.footer())
    }
}

/// A file of these pages and this footer.
pub(crate) fn around(pages: &[u8], footer: &[u8]) -> Vec<u8> {
    let length = u32::try_from(footer.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    [b"PAR1", pages, footer, &length, b"PAR1"].concat()
}
