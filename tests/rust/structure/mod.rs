//! The architecture, as tests: floors, circles, rooms, sizes.

mod circles;
mod floors;
mod sizes;
mod sources;
