//! Numbers of errors, where one is made here or must be given to Python. Not a list of all: an
//! error of the system is recognised by its kind.

use rustix::io::Errno;

/// Whether numbers are those of Windows, and not those of C.
pub const ARE_OF_WINDOWS: bool = false;
/// A file exists.
pub const EXISTS: i32 = Errno::EXIST.raw_os_error();
/// A file or folder does not exist.
pub const NOT_FOUND: i32 = Errno::NOENT.raw_os_error();
/// A folder is where a file is expected.
pub const IS_FOLDER: i32 = Errno::ISDIR.raw_os_error();
/// The disk is full.
pub const NO_SPACE: i32 = Errno::NOSPC.raw_os_error();
/// Input or output failed, for no reason that has a number.
pub const FAILED: i32 = Errno::IO.raw_os_error();
/// A link leads back to itself.
pub const LINK_LOOP: i32 = Errno::LOOP.raw_os_error();
