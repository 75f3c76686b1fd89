//! Numbers of keys as bytes that are ordered as they are.

use crate::key::KeyForm;

fn integers(width: usize, signed: bool) -> KeyForm {
    KeyForm {
        family: crate::parquet::KeyFamily::Integer,
        width: Some(width),
        signed,
        digits: 0,
    }
}

#[test]
fn encoded_numbers_are_ordered_and_come_back() {
    let signed = [i128::from(i64::MIN), -2, -1, 0, 1, 2, i128::from(i64::MAX)];
    for form in [integers(8, true), integers(11, true), integers(16, true)] {
        let encoded: Vec<u128> = signed.iter().map(|n| form.encode(*n, 1).unwrap()).collect();
        assert!(encoded.is_sorted());
        let decoded: Vec<i128> = encoded.iter().map(|n| form.decode(*n)).collect();
        assert_eq!(decoded, signed);
    }
    let narrow = integers(1, true);
    assert_eq!(
        [-129, -128, 127, 128].map(|n| narrow.encode(n, 1).is_some()),
        [false, true, true, false]
    );
    let unsigned = integers(8, false);
    assert_eq!(unsigned.encode(-1, 1), None);
    assert_eq!(
        unsigned.decode(unsigned.encode(i128::from(u64::MAX), 1).unwrap()),
        i128::from(u64::MAX)
    );
    assert_eq!(integers(16, true).encode(i128::MAX / 2, 1000), None);
}
