//! The rows of one of several processes. Fills and refusals depend on the rows of all, so a share pours
//! its own and leaves these to what all have counted.

use std::ops::Range;

use crate::error::Result;
use crate::plan::Plan;

/// What is known of all rows, of which a share has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The number of its first row.
    pub first: usize,
    /// Rows of each part of all.
    pub parts: Vec<usize>,
    /// Rows of the largest share.
    pub most: usize,
}

impl Plan {
    /// The rows with these numbers, as the share of one process. The plan must have been made for so
    /// many shares that this is one of them.
    pub fn share(&self, rows: Range<usize>) -> Result<Self> {
        let share = Share {
            first: rows.start,
            parts: self.parts().to_vec(),
            most: self.window_rows,
        };
        Ok(Self {
            share: Some(share),
            ..self.window(rows)?
        })
    }

    /// Rows of all shares that fills are fitted on; those of the first part.
    pub fn fitted_rows(&self) -> usize {
        match &self.share {
            None => self.parts()[0],
            Some(share) => share.parts[0],
        }
    }
}
