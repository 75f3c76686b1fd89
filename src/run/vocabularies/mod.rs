//! The texts of the columns that become codes: known before, numbered while they are poured, or learned by
//! a pass of their own.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`foreseen`] | texts of dictionaries, which the pour most likely meets and no others |
//! | [`learned`] | a pass that learns texts before the pour |
//! | [`numbered`] | texts that the pour numbers, and the codes that take the place of numbers |

mod foreseen;
pub(super) mod learned;
pub(super) mod numbered;

use std::sync::Arc;

use crate::account::Account;
use crate::error::{Checkpoint, Fault, Result};
use crate::plan::Encode;
use crate::run::load::Load;
use crate::run::text::limits::{check_count, scarce};
use crate::run::vocabularies::learned::{LearnedColumns, learn};
use crate::sys::pages::PageRelease;
use crate::texts::{TextCodes, Texts, Vocabulary};
use crate::workers::{Caller, Stage};

/// For each feature what its texts become.
pub(super) type FeatureTexts = Vec<Option<TextCodes>>;

/// What is known of texts before the pour, and what others are leased from.
pub(super) struct KnownTexts {
    pub(super) texts: FeatureTexts,
    pub(super) account: Arc<Account>,
}

impl Load<'_> {
    /// What the texts of features become in the pour; `release` takes back pages of the matrix.
    pub(super) fn vocabularies(
        &mut self,
        release: &PageRelease,
        caller: &mut dyn Caller,
    ) -> Result<KnownTexts> {
        if self.plan.has_codes() {
            let account = self.text_account();
            let texts = self.codes_of_features(&account, release, caller)?;
            return Ok(KnownTexts { texts, account });
        }
        Ok(KnownTexts {
            texts: vec![None; self.plan.features.len()],
            account: Arc::clone(&self.account),
        })
    }

    fn codes_of_features(
        &mut self,
        account: &Arc<Account>,
        release: &PageRelease,
        caller: &mut dyn Caller,
    ) -> Result<FeatureTexts> {
        let plan = self.plan;
        let mut found: FeatureTexts = vec![None; plan.features.len()];
        let is_category = |encode| encode == Encode::Category;
        for (texts, feature) in found.iter_mut().zip(&plan.features) {
            let mut known = plan.options.known_texts.iter();
            let known = known.find(|known| known.column == feature.name);
            if let Some(known) = known.filter(|_| is_category(feature.encode)) {
                let sorted = sorted(&known.texts, account);
                let sorted = sorted.map_err(|fault| scarce(fault, &feature.name))?;
                check_count(plan, &feature.name, sorted.len())?;
                *texts = Some(TextCodes::Known(Arc::new(sorted)));
            }
        }
        self.number(release, account, &mut found, caller)?;
        let columns = LearnedColumns::new(plan, &found);
        if columns.features.is_empty() {
            return Ok(found);
        }
        let learned = self.stage(Stage::Categories, columns.features.len(), caller, |team| {
            learn(plan, &columns, account, team)
        })?;
        for (feature, texts) in columns.features.iter().zip(learned) {
            check_count(plan, &plan.features[*feature].name, texts.len())?;
            found[*feature] = Some(TextCodes::Known(Arc::new(texts)));
        }
        Ok(found)
    }
}

/// Texts that are known before.
pub(super) fn sorted(known: &[Vec<u8>], account: &Arc<Account>) -> Result<Texts, Fault> {
    let mut vocabulary = Vocabulary::new(account);
    for text in known {
        vocabulary.number(text, Checkpoint::NONE)?;
    }
    vocabulary.sorted(Checkpoint::NONE)
}
