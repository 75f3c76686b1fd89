//! The tree of a schema, element by element: which of its leaves are columns.
//!
//! A leaf of a struct is a column with a dotted name. A list of numbers is one column, in whichever of the
//! ways that writers nest it: a repeated leaf by itself, or within a group that is marked as a list, or
//! within a repeated group in that. Everything else that repeats is one column, which is refused.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::schema::column::Column;
use crate::parquet::schema::element::{Element, REPEATED};
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::nesting::Nesting;

/// Deepest schema that is read; real ones stay below 20.
const MOST_DEPTH: usize = 64;

/// What a tree has.
#[derive(Debug)]
pub struct Leaves {
    /// The columns, in the order of their leaves.
    pub columns: Vec<Column>,
    /// The names of the structs, with those of the structs that each is in.
    pub structs: Vec<String>,
    /// How many leaves there are.
    pub count: usize,
}

/// A tree, as far as its elements were read.
#[derive(Debug, Default)]
pub struct Tree {
    columns: Vec<Column>,
    structs: Vec<String>,
    leaves: usize,
    open: Vec<OpenGroup>,
    has_root: bool,
}

/// A group whose children are not complete.
#[derive(Debug)]
struct OpenGroup {
    /// Children that are still to come.
    left: u64,
    role: GroupRole,
    /// The definition level of the group.
    definition: u8,
    /// Bytes of the names before those of its children.
    prefix: String,
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum GroupRole {
    /// Its children are columns: the root, or a struct.
    Struct,
    /// It is marked as a list, and has one child, which repeats.
    List {
        /// Its own name, without those before.
        name: String,
    },
    /// It repeats in a list, and its only child is the item.
    Items,
    /// It is part of a column that is refused.
    Refused,
}

/// What becomes of an element.
enum Found {
    /// The leaf of a column that begins here.
    Column(Nesting),
    /// The leaf of the list that is open.
    Item(Nesting),
    /// A group.
    Group(GroupRole),
    /// A column that is refused, or a part of one that is open, with the reason.
    Refused(Option<Refusal>),
}

/// The type of what is refused, and why.
#[derive(Clone, Copy)]
struct Refusal {
    type_name: &'static str,
    why: &'static str,
}

const fn refusal(type_name: &'static str, why: &'static str) -> Refusal {
    Refusal { type_name, why }
}

const LISTS: Refusal = refusal("list<list>", "it is a list of lists");
const STRUCTS: Refusal = refusal("list<struct>", "it is a list of structs");
const MAPS: Refusal = refusal("list<map>", "it is a list of maps");
const MAP: Refusal = refusal("map", "it is a map");
const LIST: Refusal = refusal("list", "it is a list that is not nested as the format says");

impl Tree {
    /// Bytes of the names that come before that of the next element.
    pub fn prefix_bytes(&self) -> usize {
        self.open.last().map_or(0, |open| open.prefix.len())
    }

    /// Takes the next element.
    pub fn add(&mut self, element: &Element) -> Result<(), Fault> {
        if !self.has_root {
            self.has_root = true;
            self.open.push(OpenGroup {
                left: element.children,
                role: GroupRole::Struct,
                definition: 0,
                prefix: String::new(),
            });
            return Ok(());
        }
        self.close();
        let Some(parent) = self.open.last_mut() else {
            return Err(Fault::corrupt("the schema has elements beyond its root"));
        };
        parent.left -= 1;
        let is_known = (0..=REPEATED).contains(&element.repetition);
        ensure!(is_known, "`{}` has an unknown repetition", element.name);
        let definition = parent.definition + u8::from(element.repetition != 0);
        let is_leaf = element.physical.is_some() && element.children == 0;
        let found = find(&parent.role, element, is_leaf, definition);
        let own = parent.role == GroupRole::Struct;
        let name = format!("{}{}", parent.prefix, element.name);
        let role = match found {
            Found::Column(nesting) => {
                self.columns
                    .push(Column::new(name.clone(), element, nesting, self.leaves));
                GroupRole::Refused
            }
            Found::Item(nesting) => {
                if let Some(list) = self.columns.last_mut() {
                    *list = Column::new(list.name.clone(), element, nesting, self.leaves);
                }
                GroupRole::Refused
            }
            Found::Group(role) => {
                if own && role != GroupRole::Struct {
                    self.refuse(name.clone(), LIST, element.id);
                }
                role
            }
            Found::Refused(refusal) => {
                match refusal {
                    Some(refusal) if own => self.refuse(name.clone(), refusal, element.id),
                    Some(refusal) => self.refuse_list(refusal),
                    None => {}
                }
                GroupRole::Refused
            }
        };
        self.leaves += usize::from(is_leaf);
        if element.children > 0 {
            self.begin(role, element.children, definition, name);
        }
        let depth = self.open.len();
        ensure!(depth <= MOST_DEPTH, "the schema is nested too deeply");
        Ok(())
    }

    /// The columns, now that all elements were read.
    pub fn finish(mut self) -> Result<Leaves, Fault> {
        self.close();
        ensure!(
            self.has_root && self.open.is_empty(),
            "the schema ends before its groups do"
        );
        keep_those_with_leaves(&mut self.columns, self.leaves);
        Ok(Leaves {
            columns: self.columns,
            structs: self.structs,
            count: self.leaves,
        })
    }

    /// Closes the groups that are complete.
    fn close(&mut self) {
        while self.open.pop_if(|open| open.left == 0).is_some() {}
    }

    fn begin(&mut self, role: GroupRole, children: u64, definition: u8, name: String) {
        let is_struct = role == GroupRole::Struct;
        if is_struct {
            self.structs.push(name.clone());
        }
        self.open.push(OpenGroup {
            left: children,
            role,
            definition,
            prefix: if is_struct { name + "." } else { String::new() },
        });
    }

    fn refuse(&mut self, name: String, refusal: Refusal, id: Option<i64>) {
        let Refusal { type_name, why } = refusal;
        let refused = Column::refused(name, type_name, why, self.leaves);
        self.columns.push(Column { id, ..refused });
    }

    /// Says why the list that is open is refused.
    fn refuse_list(&mut self, refusal: Refusal) {
        if let Some(list) = self.columns.last_mut() {
            let Refusal { type_name, why } = refusal;
            let refused = Column::refused(list.name.clone(), type_name, why, list.leaf);
            *list = Column {
                id: list.id,
                ..refused
            };
        }
    }
}

/// What an element is, in a group of some role.
fn find(parent: &GroupRole, element: &Element, is_leaf: bool, definition: u8) -> Found {
    let repeats = element.repetition == REPEATED;
    let one = Nesting {
        definition,
        item: 0,
    };
    let repeated = Nesting {
        definition,
        item: definition,
    };
    match parent {
        GroupRole::Struct if is_leaf && repeats => Found::Column(repeated),
        GroupRole::Struct if is_leaf => Found::Column(one),
        GroupRole::Struct => match nested(element) {
            _ if element.children == 0 => {
                Found::Refused(Some(refusal("struct", "it has no fields")))
            }
            Some("list") if !repeats && element.children == 1 => Found::Group(GroupRole::List {
                name: element.name.clone(),
            }),
            Some("list") => Found::Refused(Some(LIST)),
            Some("map") => Found::Refused(Some(MAP)),
            Some(other) => Found::Refused(Some(refusal(other, "it is nested"))),
            None if repeats => Found::Refused(Some(STRUCTS)),
            None => Found::Group(GroupRole::Struct),
        },
        GroupRole::List { .. } if !repeats => Found::Refused(Some(LIST)),
        GroupRole::List { .. } if is_leaf => Found::Item(repeated),
        GroupRole::List { name } => {
            // Without these names of older writers, the group is no more than what repeats.
            let is_item = element.name == "array" || element.name == format!("{name}_tuple");
            match nested(element) {
                Some("list") => Found::Refused(Some(LISTS)),
                Some("map") if element.children != 1 => Found::Refused(Some(MAPS)),
                _ if element.children != 1 || is_item => Found::Refused(Some(STRUCTS)),
                _ => Found::Group(GroupRole::Items),
            }
        }
        GroupRole::Items if is_leaf && !repeats => Found::Item(Nesting {
            definition,
            item: definition - u8::from(element.repetition != 0),
        }),
        GroupRole::Items => Found::Refused(Some(match nested(element) {
            Some("list") => LISTS,
            Some("map") => MAPS,
            _ => STRUCTS,
        })),
        GroupRole::Refused => Found::Refused(None),
    }
}

/// What a group is marked as.
fn nested(element: &Element) -> Option<&'static str> {
    match Meaning::of(element) {
        Meaning::Nested(name) => Some(name),
        _ => None,
    }
}

/// A group without leaves below it holds no data at all.
fn keep_those_with_leaves(columns: &mut Vec<Column>, leaves: usize) {
    let mut end = leaves;
    let mut has_leaves = vec![false; columns.len()];
    for (column, has_leaves) in columns.iter().zip(&mut has_leaves).rev() {
        *has_leaves = column.leaf < end;
        end = column.leaf;
    }
    let mut has_leaves = has_leaves.into_iter();
    columns.retain(|_| has_leaves.next().unwrap_or(false));
}
