//! Numbers of errors, where one is made here or must be given to Python. Not a list of all: an
//! error of the system is recognised by its kind.

use windows_sys::Win32::Foundation::{
    ERROR_CANT_RESOLVE_FILENAME, ERROR_DIRECTORY_NOT_SUPPORTED, ERROR_DISK_FULL, ERROR_FILE_EXISTS,
    ERROR_FILE_NOT_FOUND, ERROR_IO_DEVICE,
};

/// Whether numbers are those of Windows, and not those of C.
pub const ARE_OF_WINDOWS: bool = true;
/// A file exists.
pub const EXISTS: i32 = ERROR_FILE_EXISTS.cast_signed();
/// A file or folder does not exist.
pub const NOT_FOUND: i32 = ERROR_FILE_NOT_FOUND.cast_signed();
/// A folder is where a file is expected.
pub const IS_FOLDER: i32 = ERROR_DIRECTORY_NOT_SUPPORTED.cast_signed();
/// The disk is full.
pub const NO_SPACE: i32 = ERROR_DISK_FULL.cast_signed();
/// Input or output failed, for no reason that has a number.
pub const FAILED: i32 = ERROR_IO_DEVICE.cast_signed();
/// A link leads back to itself.
pub const LINK_LOOP: i32 = ERROR_CANT_RESOLVE_FILENAME.cast_signed();
