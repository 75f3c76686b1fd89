//! Unit tests of arrays in memory.
