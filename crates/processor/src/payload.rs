//! What is to be recorded of a batch, as `MessagePack`: a list of maps, one for each entry, with the fields of `chatwarden._engine.Item`.
//!
//! What is absent is not written. Of an event that is judged for good and without evidence only what counting needs is.

use chatwarden_engine::{MessageVerdict, SenderKind, SenderVerdict};
use chatwarden_scan::{Item, State, Status};
use serde::{Serialize, Serializer};

/// Updates of these kinds may change who is an admin: whoever records them reads them again.
const OF_RIGHTS: [&str; 2] = ["chat_member", "my_chat_member"];

/// What became of one entry.
#[derive(Debug, Clone)]
pub struct Told {
    pub item: Item,
    /// 1 for the first look.
    pub round: u8,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<i64>,
    flagged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_bin: Option<i32>,
    #[serde(flatten)]
    more: Option<More<'a>>,
}

#[derive(Debug, Serialize)]
struct More<'a> {
    round: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_kind: Option<SenderKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageVerdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<SenderVerdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// Id, kind, message, end.
    actions: Vec<(&'a str, &'static str, Option<i64>, Option<i64>)>,
    wants: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Bytes<'a>>,
    /// How the message's picture looks, 16 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    is_interaction: bool,
    is_mass_join: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Bytes<'a>>,
}

#[derive(Debug)]
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl Told {
    /// Telegram's number, where the update counts once by it: a second round comes on purpose, and what could not be read may be replayed.
    pub fn counts_by(&self) -> Option<i64> {
        self.item.update_id.filter(|_| self.round == 1 && self.item.status != Status::Invalid)
    }

    fn row<'a>(&'a self, raw: &'a [u8], is_known: impl Fn(i64) -> bool) -> Row<'a> {
        let Self { item, round } = self;
        let round = *round;
        let summary = &item.summary;
        let is_of_rights = item.kind.as_deref().is_some_and(|kind| OF_RIGHTS.contains(&kind));
        let is_flagged = item.flagged.is_some();
        let is_whole = item.status == Status::Invalid
            || is_of_rights
            || is_flagged
            || item.is_interaction
            || round > 1
            || !item.actions.is_empty()
            || !item.wants.is_empty();
        let is_edit = item.kind.as_deref() == Some("edited_message");
        let with_raw = item.status == Status::Invalid
            || is_of_rights
            || item.is_interaction
            || !item.wants.is_empty()
            || (is_flagged && is_edit);
        let flagged = item.flagged.as_ref();
        let more = More {
            round,
            update_id: item.update_id,
            message_id: summary.message_id,
            sender_kind: summary.sender.map(|sender| sender.kind),
            sender_id: summary.sender.map(|sender| sender.id),
            sent: summary.sent,
            media_group_id: summary.media_group_id.as_deref(),
            message: item.message,
            sender: item.sender,
            score: item.score,
            state: item.state.map(State::name),
            actions: item
                .actions
                .iter()
                .map(|action| (action.id.as_str(), action.kind.name(), action.message_id, action.until_date))
                .collect(),
            wants: item.wants.iter().map(|want| want.name()).collect(),
            verdict: flagged.and(item.verdict.as_deref()).map(Bytes),
            texts: flagged.map(|flagged| Bytes(&flagged.texts)),
            picture: item.picture.map(|hash| format!("{hash:016x}")),
            sender_name: flagged.and_then(|flagged| flagged.sender_name.as_deref()),
            error: item.error.as_deref(),
            is_interaction: item.is_interaction,
            is_mass_join: item.is_mass_join,
            raw: with_raw.then_some(Bytes(raw)),
        };
        let title = item.chat_title.as_deref();
        Row {
            status: item.status.name(),
            kind: item.kind.as_deref(),
            chat_id: summary.chat_id,
            date: summary.date,
            flagged: is_flagged,
            chat_title: title.filter(|_| is_flagged || summary.chat_id.is_some_and(|chat| !is_known(chat))),
            trusted_bin: item.trusted_bin,
            more: is_whole.then_some(more),
        }
    }
}

/// What is to be recorded of these entries, each with its raw update. `is_known` tells chats whose settings are stored.
pub fn encode<'a>(
    told: impl Iterator<Item = (&'a Told, &'a [u8])>,
    is_known: impl Fn(i64) -> bool,
) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let rows: Vec<Row<'_>> = told.map(|(told, raw)| told.row(raw, &is_known)).collect();
    rmp_serde::to_vec_named(&rows)
}
