//! What whoever joins has to expect, whatever was found of them: the group asks everybody, or a raid is on.

use crate::context::Context;
use crate::event::{Event, EventKind};
use crate::policy::{Asked, ChatSettings, Mode, RaidJoins};
use crate::verdict::SenderVerdict;

/// What a join alone brings its sender. Whom somebody else lets in, or who has written here before, is known well enough.
#[must_use]
pub fn gate(event: &Event<'_>, settings: &ChatSettings, context: &Context) -> SenderVerdict {
    let is_stranger = event.kind == EventKind::Join && !event.is_brought && context.messages_here == 0;
    if !is_stranger || settings.mode == Mode::Observe {
        return SenderVerdict::None;
    }
    let policy = &settings.policy;
    match (policy.raid.joins, policy.gate.ask) {
        (RaidJoins::Remove, _) if settings.is_raided => SenderVerdict::Kick,
        (RaidJoins::Ask, Asked::Suspicious) if settings.is_raided => SenderVerdict::Challenge,
        (_, Asked::Everyone) => SenderVerdict::Challenge,
        _ => SenderVerdict::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Sender, SenderKind};

    fn gate_of(kind: EventKind, settings: &str, is_brought: bool, messages_here: u32) -> SenderVerdict {
        let sender = Sender { kind: SenderKind::User, id: 42 };
        let event = Event { is_brought, ..Event::new(1, kind, -5, 5, sender) };
        let context = Context { messages_here, ..Context::default() };
        gate(&event, &ChatSettings::read(settings.as_bytes()).unwrap(), &context)
    }

    fn of_a_stranger(settings: &str) -> SenderVerdict {
        gate_of(EventKind::Join, settings, false, 0)
    }

    #[test]
    fn strangers_are_asked_where_the_group_wants_it() {
        assert_eq!(of_a_stranger("{}"), SenderVerdict::None);
        assert_eq!(of_a_stranger(r#"{"policy":{"gate":{"ask":"everyone"}}}"#), SenderVerdict::Challenge);
        assert_eq!(of_a_stranger(r#"{"mode":"observe","policy":{"gate":{"ask":"everyone"}}}"#), SenderVerdict::None);
    }

    #[test]
    fn a_raid_asks_everybody_or_removes_them_as_the_group_wants() {
        assert_eq!(of_a_stranger(r#"{"is_raided":true}"#), SenderVerdict::Challenge);
        assert_eq!(of_a_stranger(r#"{"is_raided":true,"policy":{"raid":{"joins":"remove"}}}"#), SenderVerdict::Kick);
        assert_eq!(of_a_stranger(r#"{"is_raided":true,"policy":{"raid":{"joins":"let_in"}}}"#), SenderVerdict::None);
        assert_eq!(of_a_stranger(r#"{"is_raided":true,"policy":{"gate":{"ask":"nobody"}}}"#), SenderVerdict::None);
        assert_eq!(of_a_stranger(r#"{"is_raided":true,"mode":"observe"}"#), SenderVerdict::None);
    }

    #[test]
    fn whoever_is_known_or_brought_is_not() {
        let everyone = r#"{"is_raided":true,"policy":{"gate":{"ask":"everyone"}}}"#;
        assert_eq!(gate_of(EventKind::Join, everyone, true, 0), SenderVerdict::None);
        assert_eq!(gate_of(EventKind::Join, everyone, false, 1), SenderVerdict::None);
        assert_eq!(gate_of(EventKind::Message, everyone, false, 0), SenderVerdict::None);
        assert_eq!(gate_of(EventKind::JoinRequest, everyone, false, 0), SenderVerdict::None);
    }
}
