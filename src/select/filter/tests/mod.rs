//! Filters against what they plainly mean.
