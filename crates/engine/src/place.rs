//! Where in a message a text stands, and which words there set a signal off.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The place of a text within an event. Written as `text`, `button:0:1`, `poll.option:2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The message's text.
    Text,
    /// The caption of its media.
    Caption,
    /// The words it quotes from another message.
    Quote,
    /// The text of an inline button, by row and column from 0.
    Button(u16, u16),
    /// The address an inline button opens, by row and column from 0.
    ButtonUrl(u16, u16),
    /// The text an inline button copies, by row and column from 0.
    ButtonCopy(u16, u16),
    /// The page shown as its preview.
    LinkPreview,
    /// First and last name of the user, or the channel's title.
    SenderName,
    /// The tag shown beside the member's name.
    SenderTag,
    /// The name a forward claims as its origin.
    ForwardOrigin,
    /// The bot it was sent through.
    ViaBot,
    /// Name in a shared contact.
    ContactName,
    /// The card of a shared contact.
    ContactCard,
    /// A poll's question.
    PollQuestion,
    /// A poll's option, from 0.
    PollOption(u16),
    /// What a quiz shows after the answer.
    PollExplanation,
    /// A poll's description.
    PollDescription,
    /// What is attached to a poll, from 0.
    PollMedia(u16),
    /// A checklist's title.
    ChecklistTitle,
    /// A checklist's task, from 0.
    ChecklistTask(u16),
    /// A text within a rich message, numbered from 0.
    RichMessage(u16),
    /// A venue's title.
    VenueTitle,
    /// A venue's address.
    VenueAddress,
    /// A document's file name.
    FileName,
    /// An audio file's title.
    AudioTitle,
    /// An audio file's performer.
    AudioPerformer,
    /// Title of a game.
    GameTitle,
    /// Description of a game.
    GameDescription,
    /// Text of a game.
    GameText,
    /// Title of an invoice.
    InvoiceTitle,
    /// Description of an invoice.
    InvoiceDescription,
    /// Prize of a giveaway.
    GiveawayPrize,
    /// Words that come with a gift.
    GiftText,
    /// Name of a forum topic.
    TopicName,
    /// Data sent by a Mini App.
    WebAppData,
    /// A story shared from elsewhere; its content is not visible to bots.
    Story,
    /// What the sender's profile says of itself.
    Bio,
    /// The sender's personal channel: its title at 0, then its newest posts.
    PersonalChannel(u16),
    /// An address in a picture's QR code, from 0.
    PictureLink(u16),
    /// Words read in a picture.
    PictureText,
}

impl Place {
    /// Whether it was fetched for a second round: the update itself does not tell it.
    #[must_use]
    pub fn is_fetched(self) -> bool {
        matches!(self, Self::Bio | Self::PersonalChannel(_) | Self::PictureLink(_) | Self::PictureText)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Button(row, column) => return write!(formatter, "button:{row}:{column}"),
            Self::ButtonUrl(row, column) => return write!(formatter, "button_url:{row}:{column}"),
            Self::ButtonCopy(row, column) => return write!(formatter, "button_copy:{row}:{column}"),
            Self::PollMedia(index) => return write!(formatter, "poll.media:{index}"),
            Self::PollOption(index) => return write!(formatter, "poll.option:{index}"),
            Self::ChecklistTask(index) => return write!(formatter, "checklist.task:{index}"),
            Self::RichMessage(index) => return write!(formatter, "rich_message:{index}"),
            Self::PersonalChannel(index) => return write!(formatter, "personal_channel:{index}"),
            Self::PictureLink(index) => return write!(formatter, "picture.link:{index}"),
            Self::Text => "text",
            Self::Caption => "caption",
            Self::Quote => "quote",
            Self::LinkPreview => "link_preview",
            Self::SenderName => "sender_name",
            Self::SenderTag => "sender_tag",
            Self::ForwardOrigin => "forward_origin",
            Self::ViaBot => "via_bot",
            Self::ContactName => "contact.name",
            Self::ContactCard => "contact.vcard",
            Self::PollQuestion => "poll.question",
            Self::PollExplanation => "poll.explanation",
            Self::PollDescription => "poll.description",
            Self::ChecklistTitle => "checklist.title",
            Self::VenueTitle => "venue.title",
            Self::VenueAddress => "venue.address",
            Self::FileName => "file_name",
            Self::AudioTitle => "audio.title",
            Self::AudioPerformer => "audio.performer",
            Self::GameTitle => "game.title",
            Self::GameDescription => "game.description",
            Self::GameText => "game.text",
            Self::GiftText => "gift.text",
            Self::TopicName => "topic.name",
            Self::InvoiceTitle => "invoice.title",
            Self::InvoiceDescription => "invoice.description",
            Self::GiveawayPrize => "giveaway.prize",
            Self::WebAppData => "web_app_data",
            Self::Story => "story",
            Self::Bio => "bio",
            Self::PictureText => "picture.text",
        };
        formatter.write_str(name)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Place {
    fn schema_name() -> Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z_.]+(:[0-9]+){0,2}$",
            "description": "Where in the message: text, caption, quote, button:ROW:COLUMN, sender_name, poll.question, …"
        })
    }
}

/// Words that set a signal off: UTF-16 code units into the original text at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Span {
    /// Where the text stands.
    pub place: Place,
    /// First UTF-16 code unit.
    pub offset: u32,
    /// Number of UTF-16 code units.
    pub length: u32,
}
