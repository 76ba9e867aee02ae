//! What became of one update of a batch.

use chatwarden_engine::{MessageVerdict, SenderVerdict, Summary, Want};

use crate::action::{Action, State};

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Has a verdict.
    Judged,
    /// Nothing to judge: a button, somebody leaving, a private chat.
    Ignored,
    /// Stands earlier in the same batch.
    Duplicate,
    /// Cannot be read; says why.
    Invalid,
}

impl Status {
    /// The status as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::Ignored => "ignored",
            Self::Duplicate => "duplicate",
            Self::Invalid => "invalid",
        }
    }
}

/// One update of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What became of it.
    pub status: Status,
    /// Telegram's `update_id`.
    pub update_id: Option<i64>,
    /// Telegram's name of the update's field.
    pub kind: Option<String>,
    /// Where it happened and who did it.
    pub summary: Summary,
    /// The group's title, of what was judged.
    pub chat_title: Option<String>,
    /// What to do with the message.
    pub message: Option<MessageVerdict>,
    /// What to do with its sender.
    pub sender: Option<SenderVerdict>,
    /// Milli-logits.
    pub score: Option<i32>,
    /// What the verdict comes to before anybody acts.
    pub state: Option<State>,
    /// What to do, in this order.
    pub actions: Vec<Action>,
    /// What a second round could bring.
    pub wants: Vec<Want>,
    /// Where a trusted sender's words stand, by [`chatwarden_engine::text_model::bin_of`]; none of others.
    pub trusted_bin: Option<i32>,
    /// By what the message's picture may be known again.
    pub picture: Option<u64>,
    /// The verdict as JSON.
    pub verdict: Option<Vec<u8>>,
    /// What a human may have to look at; only where evidence fired.
    pub flagged: Option<Flagged>,
    /// A join, or a request to be let in, while as many join as make a mass join in this group.
    pub is_mass_join: bool,
    /// Somebody speaks to the bot with it: [`chatwarden_engine::Update::is_interaction`].
    pub is_interaction: bool,
    /// What is wrong with it, without a word of its content.
    pub error: Option<String>,
}

/// What a human needs to decide about a flagged message. Personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// JSON `[{"place", "text"}]`.
    pub texts: Vec<u8>,
    /// The sender's name as people see it.
    pub sender_name: Option<String>,
}

impl Item {
    /// An update that is not to be read, for this reason; told with what could be seen of it from outside.
    #[must_use]
    pub fn refused(kind: Option<String>, chat_id: Option<i64>, error: String) -> Self {
        let summary = Summary { chat_id, ..Summary::default() };
        Self { kind, summary, error: Some(error), ..Self::new(Status::Invalid) }
    }

    pub(crate) fn new(status: Status) -> Self {
        Self {
            status,
            update_id: None,
            kind: None,
            summary: Summary::default(),
            message: None,
            sender: None,
            score: None,
            state: None,
            actions: Vec::new(),
            chat_title: None,
            wants: Vec::new(),
            trusted_bin: None,
            picture: None,
            verdict: None,
            flagged: None,
            is_mass_join: false,
            is_interaction: false,
            error: None,
        }
    }
}
