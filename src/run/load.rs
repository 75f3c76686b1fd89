//! One load from plan to result: its stages, its memory, and the dispatch on the dtype.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use half::f16;
use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Place, Result, Shortage};
use crate::io::remote::{Allowance, Session, Traffic};
use crate::kernel::Real;
use crate::output::prefault::Prefault;
use crate::plan::{Plan, Role};
use crate::run::destination::{Destination, Loaded, Matrix};
use crate::run::report::Report;
use crate::run::text::{TextArray, TextSink};
use crate::sys::Mapping;
use crate::sys::free::free_memory;
use crate::sys::pages::{PageRelease, Piece};
use crate::types::{ArraySpec, Dtype};
use crate::workers::{Call, Caller, Stage, Team, Workers};

/// What the stages of one load share.
pub(super) struct Load<'a> {
    pub(super) plan: &'a Plan,
    pub(super) account: Arc<Account>,
    /// What texts are leased from. Most loads have none, and to ask what is free takes a tenth of a
    /// millisecond.
    texts: OnceLock<Arc<Account>>,
    began: Instant,
    pub(super) report: Report,
}

/// The pages of the matrix: prefaulted before they are written, given back when they are finished.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) release: PageRelease,
    pub(super) prefault: Option<Prefault>,
}

/// Where what is beside the matrix goes.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// The arrays.
    pub(super) extras: Vec<Piece<'a>>,
    /// The texts.
    pub(super) texts: Vec<&'a mut dyn TextSink>,
}

/// Runs a plan.
pub fn load(plan: &Plan, destination: Destination<'_>, caller: &mut dyn Caller) -> Result<Loaded> {
    let mut load = Load::new(plan);
    let sessions = plan.sessions();
    let each = plan.budget.fetch_bytes / sessions.len().max(1);
    let fetched: Vec<Allowance> = sessions.iter().map(|own| own.allow(Some(each))).collect();
    let before = traffic(&sessions);
    let mut matrix = None;
    let mut extras = Vec::new();
    let mut texts = Vec::new();
    match destination {
        Destination::Memory => {
            let mut memory = load.memory(&plan.matrix(), 0)?;
            extras = load.extras(memory.bytes())?;
            texts = load.text_arrays()?;
            let prefault = Prefault::of(&memory, plan.read_bytes);
            let beside = Beside::new(&mut extras, &mut texts);
            load.arrays_in(memory.piece(0), prefault, beside, caller)?;
            matrix = Some(memory);
        }
        Destination::Array(out) => {
            out.check(plan)?;
            extras = load.extras(0)?;
            texts = load.text_arrays()?;
            let pages = Pages::default();
            let beside = Beside::new(&mut extras, &mut texts);
            match out {
                Matrix::F16(out) => load.arrays(out, pages, beside, caller)?,
                Matrix::F32(out) => load.arrays(out, pages, beside, caller)?,
                Matrix::F64(out) => load.arrays(out, pages, beside, caller)?,
            }
        }
        Destination::File {
            path,
            overwrite,
            sidecar,
        } => load.files(path, overwrite, sidecar, caller)?,
    }
    let parts = sessions.iter().map(|session| session.peak());
    load.report.peak_scratch = load.account.peak() + parts.sum::<usize>();
    load.report.traffic = traffic(&sessions).since(before);
    drop(fetched);
    let roles = plan.extras.iter().map(|extra| extra.role);
    let extras: Vec<(Role, Mapping)> = roles.zip(extras).collect();
    Ok(Loaded {
        matrix,
        extras,
        texts,
        report: load.report,
    })
}

/// What went over the network so far.
fn traffic(sessions: &[Arc<Session>]) -> Traffic {
    let all = sessions.iter().map(|session| session.traffic());
    all.fold(Traffic::default(), Traffic::and)
}

impl<'a> Beside<'a> {
    fn new(extras: &'a mut [Mapping], texts: &'a mut [TextArray]) -> Self {
        let texts = texts.iter_mut();
        Self {
            extras: extras.iter_mut().map(|array| array.piece(0)).collect(),
            texts: texts.map(|text| text as &mut dyn TextSink).collect(),
        }
    }
}

impl<'a> Load<'a> {
    /// A load that begins now.
    pub(super) fn new(plan: &'a Plan) -> Self {
        let account = plan.account();
        account.keep();
        Self {
            plan,
            account,
            texts: OnceLock::new(),
            began: Instant::now(),
            report: Report {
                rows: plan.rows as u64,
                threads: plan.budget.threads,
                ..Report::default()
            },
        }
    }
}

impl Load<'_> {
    /// Runs one stage over `columns` columns; its time and the bytes it reads go into the report.
    pub(super) fn stage<R>(
        &mut self,
        stage: Stage,
        columns: usize,
        caller: &mut dyn Caller,
        work: impl FnOnce(&mut Team<'_>) -> Result<R>,
    ) -> Result<R> {
        let began = Instant::now();
        let call = Call {
            began: self.began,
            bytes_read: self.report.bytes_read,
        };
        let workers = Workers::new(stage, self.plan.rows, columns, call);
        let mut team = Team {
            workers: &workers,
            caller,
            threads: self.plan.budget.threads,
            account: &self.account,
        };
        let result = work(&mut team)?;
        if stage == Stage::Pour {
            // A caller gets at least one progress report, however short the load is.
            team.caller.report(workers.progress())?;
        }
        self.report.bytes_read += workers.bytes_read();
        self.report
            .seconds
            .push((stage, began.elapsed().as_secs_f64()));
        Ok(result)
    }

    /// Memory for an array. `promised` bytes of the free memory belong to arrays of this load that are
    /// not written yet.
    fn memory(&self, array: &ArraySpec, promised: usize) -> Result<Mapping> {
        let bytes = array.bytes();
        let free = free_memory().map(|free| free.saturating_sub(promised));
        Mapping::anonymous(bytes, free).map_err(|error| {
            let largest = self.plan.files.iter().max_by_key(|file| file.rows);
            let path = largest.map_or_else(PathBuf::new, |file| file.path.clone());
            let what = format!(
                "{bytes} bytes for the matrix cannot be had ({error}); most of its rows are those \
                 of {}; write it to a file with out=\"X.npy\", halve it with dtype=\"float16\", or \
                 take fewer columns",
                path.display()
            );
            let shortage = Shortage::new(what).needing(bytes, None);
            shortage.at(Place::file(&path)).into()
        })
    }

    /// Memory for the arrays beside the matrix, which has `promised` bytes.
    fn extras(&self, mut promised: usize) -> Result<Vec<Mapping>> {
        let mut extras = Vec::with_capacity(self.plan.extras.len());
        for extra in &self.plan.extras {
            let memory = self.memory(&extra.array(self.plan.rows), promised)?;
            promised = promised.saturating_add(memory.bytes());
            extras.push(memory);
        }
        Ok(extras)
    }

    /// Memory for the texts that are passed through, which grows as they are read.
    fn text_arrays(&self) -> Result<Vec<TextArray>> {
        let texts = self.plan.texts.iter();
        texts
            .map(|text| TextArray::new(text, self.plan.rows, &self.text_account()))
            .collect()
    }

    /// What texts are leased from: what the pour had, or else what is free.
    pub(super) fn text_account(&self) -> Arc<Account> {
        let account = self
            .texts
            .get_or_init(|| match self.plan.options.memory_limit {
                Some(_) => Arc::clone(&self.account),
                None => self.plan.order_account(),
            });
        Arc::clone(account)
    }

    /// Fills the matrix in some memory, and the arrays beside it.
    pub(super) fn arrays_in(
        &mut self,
        memory: Piece<'_>,
        prefault: Option<Prefault>,
        beside: Beside<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let pages = Pages {
            release: memory.release(),
            prefault,
        };
        match plan.options.dtype {
            Dtype::F16 => self.arrays(view::<f16>(plan, memory)?, pages, beside, caller),
            Dtype::F32 => self.arrays(view::<f32>(plan, memory)?, pages, beside, caller),
            Dtype::F64 => self.arrays(view::<f64>(plan, memory)?, pages, beside, caller),
            other => Err(no_matrix(other)),
        }
    }
}

/// The memory of the matrix as an array.
pub(super) fn view<'a, T: Real>(plan: &Plan, memory: Piece<'a>) -> Result<ArrayViewMut2<'a, T>> {
    let shape = (plan.rows, plan.features.len());
    let view = memory.view(shape, plan.options.order);
    view.ok_or_else(misfit)
}

/// The error for a dtype that no matrix has.
pub(super) fn no_matrix(dtype: Dtype) -> Error {
    Error::Argument(format!(
        "dtype must be float16, float32 or float64, not {}",
        dtype.name()
    ))
}

/// The error for memory that is too small for its array.
pub(super) fn misfit() -> Error {
    Error::Internal("an output does not fit its memory".to_owned())
}
