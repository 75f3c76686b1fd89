//! Mutations that leave a Parquet file's ends in place: in the footer with its length put right, or
//! in the data without moving what stands behind it.

/// Bytes of data that are mutated at a time.
const STRETCH: usize = 64;
/// Length and magic at the end.
const TAIL: usize = 8;

/// Changes the first `size` bytes of `data` by `mutate`, which takes bytes, how many of them count
/// and how many there may be, and tells how many there are.
pub fn file(
    data: &mut [u8],
    size: usize,
    seed: u32,
    mutate: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let most = data.len();
    let Some(footer) = footer(&data[..size]) else {
        return mutate(data, size, most);
    };
    match seed % 8 {
        0 => mutate(data, size, most),
        1..=4 => {
            let room = (most - footer.start).saturating_sub(TAIL);
            let mut bytes = data[footer.clone()].to_vec();
            let length = bytes.len();
            bytes.resize(room.max(length), 0);
            let length = mutate(&mut bytes, length, room);
            let end = footer.start + length;
            data[footer.start..end].copy_from_slice(&bytes[..length]);
            let told = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
            data[end..end + TAIL].copy_from_slice(&[told, *b"PAR1"].concat());
            end + TAIL
        }
        _ => {
            let end = footer.start;
            if end <= 4 {
                return mutate(data, size, most);
            }
            let start = 4 + (seed / 8) as usize % (end - 4);
            let stretch = &mut data[start..end.min(start + STRETCH)];
            let mut bytes = stretch.to_vec();
            let length = bytes.len();
            mutate(&mut bytes, length, length);
            stretch.copy_from_slice(&bytes);
            size
        }
    }
}

/// Where the footer is, if the file ends as one.
fn footer(file: &[u8]) -> Option<std::ops::Range<usize>> {
    let (front, tail) = file.split_last_chunk::<TAIL>()?;
    let [a, b, c, d, magic @ ..] = *tail;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let start = front.len().checked_sub(length)?;
    (magic == *b"PAR1" && start >= 4).then_some(start..front.len())
}
