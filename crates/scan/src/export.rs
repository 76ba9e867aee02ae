//! Cuts a Telegram Desktop export (`result.json`) into its messages, as it is read: memory holds one message at a time.
//!
//! In: pieces of the file. Out: each chat's own fields, then its messages as raw JSON, whether they can be read or not. It follows
//! brackets and strings only, so that one broken message does not spoil the next. Fails never.

/// Longer than any message: what has not ended by then is broken, and its rest is passed over.
const MOST_MESSAGE: usize = 4 * 1024 * 1024;
/// A chat's own fields are short; what is longer is no chat.
const MOST_FIELDS: usize = 64 * 1024;

/// A part of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportPart {
    /// The fields of a chat that stand before its messages: a JSON object in which containers are null.
    Chat(Vec<u8>),
    /// An element of the chat's `messages`, as it stands.
    Message(Vec<u8>),
}

/// Splits one export. Give it the file piece by piece, then ask for the [`end`](Self::end).
#[derive(Debug, Default)]
pub struct ExportSplitter {
    /// Of every open container outside of `messages`, its own text.
    open: Vec<Vec<u8>>,
    /// Inside an array of messages.
    messages: Option<Messages>,
    string: Option<InString>,
}

#[derive(Debug, Default)]
struct Messages {
    /// The element that is being read.
    element: Vec<u8>,
    /// Closing brackets that are still to come in it.
    closing: Vec<u8>,
    /// How far the line is indented, while it holds nothing else yet.
    indent: Option<usize>,
    /// How far the element's first line is, where its bracket stands first in it: as Telegram Desktop writes them.
    margin: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InString {
    Plain,
    AfterBackslash,
}

impl ExportSplitter {
    /// Takes the next piece of the file; the parts that are whole with it.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<ExportPart> {
        let mut parts = Vec::new();
        for byte in piece {
            self.take(*byte, &mut parts);
        }
        parts
    }

    /// Where the file ended in the middle: the message that it cut, or nothing where it stopped between messages. Nothing where the
    /// file was whole.
    pub fn end(&mut self) -> Option<Vec<u8>> {
        let is_whole = self.open.is_empty() && self.messages.is_none();
        let cut = self.messages.take().map(|messages| messages.element);
        (!is_whole).then(|| cut.unwrap_or_default())
    }

    fn take(&mut self, byte: u8, parts: &mut Vec<ExportPart>) {
        let was_in_string = self.string.is_some();
        self.follow_string(byte);
        let is_structure = !was_in_string && self.string.is_none();
        if let Some(messages) = &mut self.messages {
            if messages.take(byte, is_structure, parts) {
                self.messages = None;
            }
        } else if is_structure {
            self.take_outside(byte, parts);
        } else {
            self.keep(&[byte]);
        }
    }

    /// A raw line break ends a string: JSON's strings have none, so its closing mark is missing.
    fn follow_string(&mut self, byte: u8) {
        self.string = match (self.string, byte) {
            (None, b'"') | (Some(InString::AfterBackslash), _) => Some(InString::Plain),
            (Some(InString::Plain), b'\\') => Some(InString::AfterBackslash),
            (None, _) | (Some(InString::Plain), b'"' | b'\n') => None,
            (Some(InString::Plain), _) => self.string,
        };
    }

    fn take_outside(&mut self, byte: u8, parts: &mut Vec<ExportPart>) {
        match byte {
            b'[' if self.open.last().is_some_and(|fields| ends_with_messages_key(fields)) => {
                self.keep(b"null");
                let mut fields = self.open.last().cloned().unwrap_or_default();
                fields.push(b'}');
                parts.push(ExportPart::Chat(fields));
                self.messages = Some(Messages::default());
            }
            b'{' | b'[' => {
                self.keep(b"null");
                self.open.push(vec![byte]);
            }
            b'}' | b']' => drop(self.open.pop()),
            _ => self.keep(&[byte]),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(fields) = self.open.last_mut() {
            if fields.len() < MOST_FIELDS {
                fields.extend_from_slice(bytes);
            }
        }
    }
}

impl Messages {
    /// Takes a byte. True where it closes the array.
    fn take(&mut self, byte: u8, is_structure: bool, parts: &mut Vec<ExportPart>) -> bool {
        let indent = self.indent;
        self.indent = match byte {
            b'\n' => Some(0),
            b' ' | b'\t' => indent.map(|width| width + 1),
            _ => None,
        };
        if is_structure {
            match byte {
                b',' if self.closing.is_empty() => {
                    self.finish(parts);
                    return false;
                }
                b'{' => {
                    // A bracket was missing, if the next message begins where this one did.
                    if indent.is_some() && indent == self.margin {
                        self.finish(parts);
                    }
                    if self.element.is_empty() {
                        self.margin = indent;
                    }
                    self.closing.push(b'}');
                }
                b'[' => self.closing.push(b']'),
                b'}' | b']' => match self.closing.iter().rposition(|closing| *closing == byte) {
                    // A bracket that is missing inside is closed with the one around it.
                    Some(place) => self.closing.truncate(place),
                    None if byte == b']' => {
                        self.finish(parts);
                        return true;
                    }
                    None => {}
                },
                _ => {}
            }
        }
        let is_blank = self.element.is_empty() && byte.is_ascii_whitespace();
        if !is_blank && self.element.len() < MOST_MESSAGE {
            self.element.push(byte);
        }
        false
    }

    fn finish(&mut self, parts: &mut Vec<ExportPart>) {
        self.closing.clear();
        self.margin = None;
        let element = std::mem::take(&mut self.element);
        if !element.is_empty() {
            parts.push(ExportPart::Message(element));
        }
    }
}

/// Whether an object's text ends in the key `"messages":`.
fn ends_with_messages_key(fields: &[u8]) -> bool {
    let key = fields.trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end);
    let before = key.and_then(|key| key.strip_suffix(b"\"messages\""));
    before.is_some_and(|before| !before.ends_with(b"\\"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(file: &[u8], piece: usize) -> (Vec<ExportPart>, Option<Vec<u8>>) {
        let mut splitter = ExportSplitter::default();
        let parts = file.chunks(piece).flat_map(|piece| splitter.feed(piece)).collect();
        (parts, splitter.end())
    }

    /// As text: chats in angle brackets.
    fn told(file: &str) -> Vec<String> {
        let (parts, end) = split(file.as_bytes(), 7);
        let mut told: Vec<String> = parts
            .into_iter()
            .map(|part| match part {
                ExportPart::Chat(fields) => format!("<{}>", String::from_utf8(fields).unwrap()),
                ExportPart::Message(raw) => String::from_utf8(raw).unwrap(),
            })
            .collect();
        told.extend(end.map(|cut| format!("cut: {}", String::from_utf8(cut).unwrap())));
        told
    }

    #[test]
    fn one_chat_is_cut_into_its_messages() {
        let file = r#"{"name":"Makers","id":5,"messages":[{"id":1,"text":"a ] } \" ,"}, {"id":2,"text":["b",{"type":"bold"}]}]}"#;
        let chat = r#"<{"name":"Makers","id":5,"messages":null}>"#;
        assert_eq!(told(file), [chat, r#"{"id":1,"text":"a ] } \" ,"}"#, r#"{"id":2,"text":["b",{"type":"bold"}]}"#]);
    }

    #[test]
    fn a_full_export_is_cut_chat_by_chat() {
        let file = r#"{"about":"x","contacts":{"list":[{"id":9}]},"chats":{"list":[
            {"name":"A","messages":[{"id":1}]},{"name":"B","messages":[]},{"name":"C","messages" : [ {"id":2} ]}]},"left_chats":{}}"#;
        let expected = [
            r#"<{"name":"A","messages":null}>"#,
            r#"{"id":1}"#,
            r#"<{"name":"B","messages":null}>"#,
            r#"<{"name":"C","messages" : null}>"#,
            r#"{"id":2} "#,
        ];
        assert_eq!(told(file), expected);
    }

    #[test]
    fn a_broken_message_does_not_spoil_the_next() {
        for broken in ["oops", r#"{"id":}"#, "{\"text\":\"open\n}", r#"{"text":["a"}"#, "1 2"] {
            let file = format!(r#"{{"messages":[{broken},{{"id":7}}]}}"#);
            assert_eq!(told(&file).last().unwrap(), r#"{"id":7}"#, "{broken}");
        }
    }

    #[test]
    fn a_message_that_never_closes_ends_where_the_next_begins_as_telegram_writes_it() {
        let file = "{\n \"messages\": [\n  {\n   \"id\": 1,\n   \"text\": [\n    {\n  {\n   \"id\": 2\n  },\n  {\n   \"id\": 3\n  }\n ]\n}";
        let parts = told(file);
        assert_eq!(parts.len(), 4);
        assert_eq!(parts.last().unwrap(), "{\n   \"id\": 3\n  }\n ");
    }

    #[test]
    fn a_message_that_never_closes_ends_with_its_array() {
        let parts = told(r#"{"chats":[{"messages":[{"id":1,"x":{]},{"messages":[{"id":2}]}]}"#);
        assert_eq!(parts.last().unwrap(), r#"{"id":2}"#);
    }

    #[test]
    fn a_file_that_ends_early_says_what_it_cut() {
        assert_eq!(told(r#"{"messages":[{"id":1},{"id":2,"te"#).last().unwrap(), r#"cut: {"id":2,"te"#);
        assert_eq!(told(r#"{"messages":[{"id":1}"#).last().unwrap(), r#"cut: {"id":1}"#);
        assert_eq!(told(r#"{"name":"#), ["cut: "]);
    }

    #[test]
    fn the_word_messages_elsewhere_opens_nothing() {
        assert_eq!(told(r#"{"a":"\"messages\":[1]","\"messages":[1],"messages":{"b":[2]}}"#), Vec::<String>::new());
    }

    #[test]
    fn what_never_ends_is_not_kept() {
        let mut splitter = ExportSplitter::default();
        splitter.feed(br#"{"messages":[{"text":""#);
        for _ in 0..20 {
            splitter.feed(&vec![b'x'; 1024 * 1024]);
        }
        let parts = splitter.feed(br#""},{"id":2}]}"#);
        let sizes: Vec<usize> =
            parts.iter().map(|part| if let ExportPart::Message(raw) = part { raw.len() } else { 0 }).collect();
        assert_eq!(sizes, [MOST_MESSAGE, 8]);
    }

    proptest! {
        #[test]
        fn how_the_file_is_cut_changes_nothing(file in r#"[{}\[\]",:\\ n1\n]{0,80}"#, piece in 1..9_usize) {
            let file = format!(r#"{{"id":1,"messages":[{file}"#);
            prop_assert_eq!(split(file.as_bytes(), piece), split(file.as_bytes(), file.len()));
        }
    }
}
