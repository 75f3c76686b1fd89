//! Rows of Python, treated by the rules of a recipe.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`features`] | the features, and what their values are recoded by |
//! | [`rules`] | the rules of all features, made once for each recipe |
//! | [`scalar`] | one object of Python as a number |
//! | [`typed`] | arrays of NumPy by their type |

mod features;
pub(super) mod rules;
mod scalar;
mod typed;
