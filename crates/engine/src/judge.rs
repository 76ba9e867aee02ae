//! From findings to a verdict: sums, caps, bars (docs/detection.md).

use crate::context::Context;
use crate::event::{EventKind, SenderKind};
use crate::gate::gate;
use crate::guard::guard;
use crate::locks::LOCK;
use crate::policy::{ChatSettings, Policy, Thresholds};
use crate::probability::probability;
use crate::reading::Reading;
use crate::rules::Ruling;
use crate::signal::{Definition, FULL, Finding, Group, Hits, Kind};
use crate::signals::{REGISTRY, known_campaign, text_model};
use crate::verdict::{Contribution, MessageVerdict, SenderVerdict, SwitchedOff, Verdict, Versions};

/// Milli-logits of an event without any signal: a probability of about .10.
pub const BIAS: i32 = -2200;
/// One evidence of this many milli-logits must be there to delete a message; smaller ones are nudges.
const MESSAGE_BAR: i32 = 1000;
/// Evidence of this many milli-logits in all, nudges not counted, must be there to punish a sender.
const SENDER_BAR: i32 = 2000;

/// Sums findings under the chat's policy, then lets the admins' rules bind.
pub(crate) fn judge(
    reading: &Reading<'_>,
    bot_id: i64,
    round: u8,
    settings: &ChatSettings,
    context: Context,
    mut findings: Vec<Finding>,
    ruling: Ruling,
) -> Verdict {
    let event = &reading.event;
    ruling.excuse(&mut findings);
    let mut parts = Vec::new();
    let mut switched_off = Vec::new();
    for (signal, hits) in findings {
        let Some(definition) = REGISTRY.get(signal) else { continue };
        let part = contribution(definition, hits, &settings.policy);
        match part.contribution {
            0 => switched_off.push(SwitchedOff::from(part)),
            _ => parts.push(part),
        }
    }
    let settled = settle(parts, event.kind, event.sender.kind, &context, &settings.policy, &ruling);
    let Settled { mut parts, mut bounds, score, message: unguarded, sender, .. } = settled;
    // Findings of guarded senders are listed all the same: an admin may want to know that a guard was needed.
    let guard = guard(event, bot_id, settings);
    let (message, sender) = if guard.is_some() {
        bounds.truncate(settled.caps);
        (MessageVerdict::Keep, SenderVerdict::None)
    } else {
        (unguarded, sender.max(gate(event, settings, &context)))
    };
    let unlocked = message;
    let is_locking = guard.is_none() && event.kind.is_message() && settings.policy.is_enabled(LOCK);
    let locked = is_locking
        .then(|| {
            settings.policy.locks.find(reading, &context, settings.night_at(event.date), &|span| ruling.keeps(span))
        })
        .flatten();
    let message = if locked.is_some() { MessageVerdict::Delete } else { message };
    let skipped = if ruling.is_cut_short { vec!["rules".to_owned()] } else { Vec::new() };
    parts.extend(ruling.contributions());
    parts.extend(locked);
    parts.sort_by_key(|part| part.signal);
    Verdict {
        trace_id: format!("{bot_id}-{}-{round}", event.update_id),
        bot_id,
        update_id: event.update_id,
        round,
        event: event.kind,
        chat_id: event.chat_id,
        message_id: event.message_id,
        sender_kind: event.sender.kind,
        sender_id: event.sender.id,
        now: event.date,
        versions: Versions {
            engine: crate::VERSION,
            policy: settings.policy_version,
            model: 0,
            learned: None,
            shared: None,
            rules: None,
            lists: None,
        },
        guard,
        unguarded,
        unlocked,
        wording: None,
        score,
        probability: probability(score),
        message,
        sender,
        contributions: parts,
        switched_off,
        bounds,
        context,
        facts: event.facts.as_ref().map(|facts| facts.names()).unwrap_or_default(),
        skipped,
    }
}

/// What a policy makes of signals, guard and gate left aside.
pub(crate) struct Settled {
    /// After the caps.
    parts: Vec<Contribution>,
    bounds: Vec<String>,
    /// The first so many bounds tell of caps.
    caps: usize,
    score: i32,
    pub message: MessageVerdict,
    pub sender: SenderVerdict,
}

/// Caps, sums, bars, then the rules.
pub(crate) fn settle(
    mut parts: Vec<Contribution>,
    kind: EventKind,
    sender_kind: SenderKind,
    context: &Context,
    policy: &Policy,
    ruling: &Ruling,
) -> Settled {
    let mut bounds = Vec::new();
    let is_only_guessed = is_only_guessed(&parts);
    cap(&mut parts, &mut bounds);
    let caps = bounds.len();
    let score = parts.iter().fold(BIAS, |score, part| score.saturating_add(part.contribution));
    let evidence = Evidence::of(&parts, is_only_guessed);
    let scored = decide(kind, score, policy.thresholds(), &evidence, context, &mut bounds);
    let (message, sender) = within_reach(kind, sender_kind, ruling.bind(scored, &mut bounds));
    Settled { parts, bounds, caps, score, message, sender }
}

/// A join leaves nothing to delete, and whoever only asks to be let in has nothing to lose: that is for the admins to decide. A
/// channel cannot answer a question, and Telegram knows nothing milder for it than a ban without end.
fn within_reach(
    kind: EventKind,
    sender_kind: SenderKind,
    (message, mut sender): (MessageVerdict, SenderVerdict),
) -> (MessageVerdict, SenderVerdict) {
    if sender_kind == SenderKind::Channel && sender == SenderVerdict::Challenge {
        sender = SenderVerdict::None;
    }
    match kind {
        EventKind::Message | EventKind::Edit | EventKind::Reaction => (message, sender),
        EventKind::Join => (message.min(MessageVerdict::Review), sender),
        EventKind::JoinRequest => (message.min(MessageVerdict::Review), SenderVerdict::None),
    }
}

/// A signal's part before the caps.
pub(crate) fn contribution(definition: &Definition, hits: Hits, policy: &Policy) -> Contribution {
    let weight = policy.weight(definition.name, definition.weight);
    Contribution {
        signal: definition.name,
        kind: definition.kind,
        group: definition.group,
        weight,
        strength: hits.strength,
        contribution: weight * i32::from(hits.strength) / i32::from(FULL),
        members_do_too: definition.members_do_too || !hits.is_firm,
        spans: hits.spans,
        detail: hits.detail,
    }
}

/// Whether the text model is all that speaks against the sender, but for what members do too. It says what a text is like, and
/// the like is written by good people. To be asked before the caps: they leave nothing of phrases that read the same words.
fn is_only_guessed(parts: &[Contribution]) -> bool {
    let is_firm = |part: &&Contribution| part.kind == Kind::Evidence && part.contribution >= MESSAGE_BAR;
    let mut firm = parts.iter().filter(is_firm).filter(|part| !part.members_do_too);
    firm.all(|part| part.signal == text_model::DEFINITION.name)
}

/// Lets each group add no more than its cap, the strongest first.
fn cap(parts: &mut [Contribution], bounds: &mut Vec<String>) {
    for group in Group::CAPPED {
        let Some(mut room) = group.cap() else { continue };
        let mut members: Vec<&mut Contribution> = parts.iter_mut().filter(|part| part.group == group).collect();
        members.sort_by_key(|part| std::cmp::Reverse(part.contribution));
        let mut is_bound = false;
        for part in members {
            is_bound |= part.contribution > room;
            part.contribution = part.contribution.min(room);
            room -= part.contribution.max(0);
        }
        if is_bound {
            bounds.push(format!("cap:{}", group.name()));
        }
    }
}

/// Evidence, as the bars count it.
struct Evidence {
    is_there: bool,
    strongest: i32,
    /// Sum of those that are no nudges.
    weighty: i32,
    only_what_members_do: bool,
    is_only_guessed: bool,
    /// What resemblance in meaning adds: it speaks against the message, never against the sender.
    resembling: i32,
}

impl Evidence {
    fn of(parts: &[Contribution], is_only_guessed: bool) -> Self {
        let evidence = || parts.iter().filter(|part| part.kind == Kind::Evidence && part.contribution > 0);
        let is_resembling = |part: &&Contribution| part.signal == known_campaign::DEFINITION.name;
        let weighty = || evidence().filter(|part| part.contribution >= MESSAGE_BAR && !is_resembling(part));
        Self {
            is_there: evidence().next().is_some(),
            strongest: evidence().map(|part| part.contribution).max().unwrap_or(0),
            weighty: weighty().map(|part| part.contribution).sum(),
            only_what_members_do: weighty().all(|part| part.members_do_too),
            is_only_guessed,
            resembling: evidence().filter(is_resembling).map(|part| part.contribution).sum(),
        }
    }
}

fn decide(
    kind: EventKind,
    score: i32,
    thresholds: Thresholds,
    evidence: &Evidence,
    context: &Context,
    bounds: &mut Vec<String>,
) -> (MessageVerdict, SenderVerdict) {
    let message = match score {
        _ if score >= thresholds.delete => MessageVerdict::Delete,
        _ if score >= thresholds.review => MessageVerdict::Review,
        _ => return (MessageVerdict::Keep, SenderVerdict::None),
    };
    if !evidence.is_there {
        bounds.push("context_alone".to_owned());
        return (MessageVerdict::Keep, SenderVerdict::None);
    }
    // Where nothing was said, a hint is not worth a look: people join and react all day.
    if !kind.is_message() && evidence.strongest < MESSAGE_BAR {
        bounds.push("message_bar".to_owned());
        return (MessageVerdict::Keep, SenderVerdict::None);
    }
    if message == MessageVerdict::Delete && evidence.strongest < MESSAGE_BAR {
        bounds.push("message_bar".to_owned());
        return (MessageVerdict::Review, SenderVerdict::None);
    }
    let score = score - evidence.resembling;
    let sender = match score {
        _ if score >= thresholds.ban => SenderVerdict::Ban,
        _ if score >= thresholds.mute => SenderVerdict::Mute,
        _ if score >= thresholds.challenge => SenderVerdict::Challenge,
        _ => return (message, SenderVerdict::None),
    };
    let bound = if evidence.weighty < SENDER_BAR {
        "sender_bar"
    } else if evidence.only_what_members_do {
        "members_do_too"
    } else if context.is_trusted() {
        "trusted_sender"
    } else if evidence.is_only_guessed && sender > SenderVerdict::Challenge {
        bounds.push("model_alone".to_owned());
        return (message, SenderVerdict::Challenge);
    } else {
        return (message, sender);
    };
    bounds.push(bound.to_owned());
    (message, SenderVerdict::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(weights: &[i32], members_do: bool) -> Evidence {
        Evidence {
            is_there: !weights.is_empty(),
            strongest: weights.iter().copied().max().unwrap_or(0),
            weighty: weights.iter().filter(|weight| **weight >= MESSAGE_BAR).sum(),
            only_what_members_do: members_do,
            is_only_guessed: false,
            resembling: 0,
        }
    }

    fn standard(score: i32, evidence: &Evidence, context: Context) -> (MessageVerdict, SenderVerdict, Vec<String>) {
        let mut bounds = Vec::new();
        let thresholds = crate::policy::Policy::default().thresholds();
        let (message, sender) = decide(EventKind::Message, score, thresholds, evidence, &context, &mut bounds);
        (message, sender, bounds)
    }

    #[test]
    fn the_worked_examples_hold() {
        let newcomer = Context::default();
        let at_threshold = standard(BIAS + 2000 + 1000, &evidence(&[1000], false), newcomer);
        assert_eq!(at_threshold, (MessageVerdict::Delete, SenderVerdict::None, vec![]));
        let with_invite = standard(BIAS + 2000 + 1000 + 1500, &evidence(&[1000, 1500], false), newcomer);
        assert_eq!(with_invite, (MessageVerdict::Delete, SenderVerdict::Mute, vec![]));
        let regular = standard(BIAS + 1000 - 1500, &evidence(&[1000], false), newcomer);
        assert_eq!(regular.0, MessageVerdict::Keep);
    }

    #[test]
    fn context_alone_never_punishes() {
        let verdict = standard(5000, &evidence(&[], true), Context::default());
        assert_eq!(verdict, (MessageVerdict::Keep, SenderVerdict::None, vec!["context_alone".into()]));
    }

    #[test]
    fn nudges_do_not_add_up_to_a_bar() {
        let verdict = standard(5000, &evidence(&[999, 999, 999, 999], false), Context::default());
        assert_eq!(verdict, (MessageVerdict::Review, SenderVerdict::None, vec!["message_bar".into()]));
        let verdict = standard(5000, &evidence(&[1500, 999, 999], false), Context::default());
        assert_eq!(verdict, (MessageVerdict::Delete, SenderVerdict::None, vec!["sender_bar".into()]));
    }

    #[test]
    fn where_nothing_was_said_hints_are_not_worth_a_look() {
        let thresholds = crate::policy::Policy::default().thresholds();
        let decided = |kind, weight| {
            decide(kind, 900, thresholds, &evidence(&[weight], false), &Context::default(), &mut Vec::new()).0
        };
        assert_eq!(decided(EventKind::Join, 999), MessageVerdict::Keep);
        assert_eq!(decided(EventKind::Reaction, 999), MessageVerdict::Keep);
        assert_eq!(decided(EventKind::Reaction, 1000), MessageVerdict::Delete);
        assert_eq!(decided(EventKind::Message, 999), MessageVerdict::Review);
    }

    #[test]
    fn a_join_leaves_nothing_to_delete_and_a_request_nobody_to_punish() {
        let harsh = (MessageVerdict::Delete, SenderVerdict::Ban);
        let reached = |kind| within_reach(kind, SenderKind::User, harsh);
        assert_eq!(reached(EventKind::Join), (MessageVerdict::Review, SenderVerdict::Ban));
        assert_eq!(reached(EventKind::JoinRequest), (MessageVerdict::Review, SenderVerdict::None));
        assert_eq!(reached(EventKind::Reaction), harsh);
    }

    #[test]
    fn a_channel_is_not_asked_and_not_banned_instead() {
        let reached =
            |sender| within_reach(EventKind::Message, SenderKind::Channel, (MessageVerdict::Delete, sender)).1;
        assert_eq!(reached(SenderVerdict::Challenge), SenderVerdict::None);
        assert_eq!(reached(SenderVerdict::Ban), SenderVerdict::Ban);
    }

    #[test]
    fn what_members_do_too_stops_at_the_message() {
        let verdict = standard(5000, &evidence(&[1500, 1500], true), Context::default());
        assert_eq!(verdict, (MessageVerdict::Delete, SenderVerdict::None, vec!["members_do_too".into()]));
    }

    /// A newcomer's verdict on findings of these signals at full strength.
    fn judged(names: &[&str]) -> (MessageVerdict, SenderVerdict, Vec<String>) {
        let full = || Hits { strength: FULL, is_firm: true, ..Hits::default() };
        let policy = Policy::default();
        let found = |name: &&str| REGISTRY.iter().find(|definition| definition.name == *name).unwrap();
        let parts = ["newness"].iter().chain(names).map(|name| contribution(found(name), full(), &policy)).collect();
        let (context, ruling) = (Context::default(), Ruling::default());
        let settled = settle(parts, EventKind::Message, SenderKind::User, &context, &policy, &ruling);
        (settled.message, settled.sender, settled.bounds)
    }

    #[test]
    fn the_text_model_and_a_link_as_members_send_it_ask_the_sender_and_no_more() {
        let asked = (MessageVerdict::Delete, SenderVerdict::Challenge, vec!["model_alone".to_owned()]);
        for link in ["bot_deep_link", "invite_link", "shortener_link", "telegram_link", "private_contact_call"] {
            let (message, sender, bounds) = judged(&["text_model", link]);
            assert_eq!((message, sender), (asked.0, asked.1), "{link}");
            assert!(bounds.contains(&"model_alone".to_owned()), "{link}");
        }
        assert_eq!(judged(&["text_model"]), asked);
    }

    #[test]
    fn what_only_spam_does_beside_the_text_model_is_punished() {
        for other in ["lookalike_domain", "known_spam", "hidden_destination", "outside_quote"] {
            assert!(judged(&["text_model", other]).1 >= SenderVerdict::Mute, "{other}");
        }
    }

    #[test]
    fn phrases_beside_the_text_model_count_against_the_sender_though_the_cap_leaves_nothing_of_them() {
        let cap = vec!["cap:offer".to_owned()];
        assert_eq!(judged(&["text_model", "job_bait"]), (MessageVerdict::Delete, SenderVerdict::Mute, cap.clone()));
        let with_a_link = judged(&["text_model", "easy_money", "bot_deep_link"]);
        assert_eq!(with_a_link, (MessageVerdict::Delete, SenderVerdict::Ban, cap));
    }

    #[test]
    fn a_trusted_sender_loses_at_most_the_message() {
        let trusted = Context { messages_here: 20, days_here: 7, ..Context::default() };
        let verdict = standard(5000, &evidence(&[3000], false), trusted);
        assert_eq!(verdict, (MessageVerdict::Delete, SenderVerdict::None, vec!["trusted_sender".into()]));
    }
}
