"""What a card says: a pure function of the outcome, its actions and what was said of it.

In: rows, opened texts. Out: Telegram's HTML and buttons. Two admins who look at the same outcome read the same, whoever pressed what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatwarden.bot.call import mention
from chatwarden.bot.words import Html, plain, say
from chatwarden.errors import error_of
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.explain import percent, reasons
from chatwarden.outcomes.rights import hint_for
from chatwarden.outcomes.texts import Texts, TextsState
from chatwarden.outcomes.verdicts import Edit, edit_of
from chatwarden.storage.models import Action, Appeal, FeedbackLabel, Outcome, OutcomeState
from chatwarden.telegram.messages import Button, Keyboard

SHOWN_STATES: frozenset[OutcomeState] = frozenset({"enforced", "review", "observed", "failed"})
"""Those that make a new card; a card that is there follows its outcome into every state."""

_MOST_TEXT = 900
_MOST_SIGNALS = 5
_DONE_WORDS = {
    "ban": "done.banned",
    "mute": "done.muted",
    "kick": "done.kicked",
    "challenge": "done.challenged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that a card depends on."""

    outcome: Outcome
    actions: Sequence[Action]
    group: str
    """Its title."""
    texts: Texts
    texts_state: TextsState
    label: FeedbackLabel | None
    """What an admin said last of it."""
    label_by: str | None
    """The subject of who did."""
    reports: int
    """Members who reported it."""
    shared_with: int = 0
    """More groups in which the ban counts."""
    appeal: Appeal | None = None
    """The newest."""
    appeal_words: str | None = None
    times_refused: int = 0
    """The same before."""

    @property
    def is_appealed(self) -> bool:
        return self.appeal is not None and self.appeal.state == "open"


def card(shown: Shown, catalogue: Catalogue, language: str) -> tuple[Html, Keyboard]:
    """What it says and its buttons."""
    outcome = shown.outcome
    lines: list[str] = [_headline(shown, language)]
    if shown.reports:
        lines.append(say(language, "card.reported", count=shown.reports))
    lines += _appeal(shown, language)
    lines += [_sender(shown), _text(shown, language)]
    if (edit := edit_of(outcome.verdict)) is not None:
        lines.append(_edited(edit, language))
    if why := _why(outcome, catalogue, language):
        lines.append(why)
    if shown.shared_with:
        lines.append(say(language, "card.shared", count=shown.shared_with))
    lines += _undo_lines(shown)
    if shown.label is not None and outcome.state != "undone":
        who = _person(shown.label_by)
        lines.append(say(language, f"card.said_{shown.label}", who=who))
    return Html("\n".join(line for line in lines if line)), _buttons(shown, language)


def _headline(shown: Shown, language: str) -> Html:
    outcome, group = shown.outcome, shown.group
    state = outcome.state
    if state in ("undone", "undoing", "failed", "review", "kept", "guarded"):
        return _plain_headline(shown, language)
    kinds = {"delete_message": "deleted", "delete_reactions": "reactions"}
    doing = [one for one in shown.actions if one.state in ("pending", "started", "done")]
    did = {kinds[one.kind] for one in doing if one.kind in kinds}
    done = [_done(one, language) for one in doing if one.kind in _DONE_WORDS][:1]
    if state == "observed":
        deleted = outcome.message_verdict == "delete"
        sender = _DONE_WORDS.get(outcome.sender_verdict)
        if deleted and sender is not None:
            return say(
                language, "card.observed_and", group=group, done=say(language, sender, until="")
            )
        return say(language, "card.observed", group=group)
    if "reactions" in did:
        done.insert(0, say(language, "done.reactions"))
    joined = Html(", ".join(done))
    if "deleted" in did:
        if done:
            return say(language, "card.deleted_and", group=group, done=joined)
        return say(language, "card.deleted", group=group)
    shown_done = Html(joined[:1].upper() + joined[1:]) if joined else say(language, "done.nothing")
    return say(language, "card.done", group=group, done=shown_done)


def _appeal(shown: Shown, language: str) -> list[str]:
    if shown.appeal is None:
        return []
    if not shown.is_appealed:
        return [say(language, f"card.appeal_{shown.appeal.state}")]
    lines: list[str] = []
    if shown.appeal_words is None:
        lines.append(say(language, "card.appeal_wordless"))
    else:
        lines.append(say(language, "card.appeal"))
        lines.append(say(language, "card.text", text=shown.appeal_words))
    if shown.times_refused:
        lines.append(say(language, "card.appeal_again"))
    return lines


def _plain_headline(shown: Shown, language: str) -> Html:
    outcome, group = shown.outcome, shown.group
    if outcome.state == "undone":
        undo = next((one for one in shown.actions if one.kind == "undo"), None)
        who = Html()
        if undo is not None:
            who = say(language, "card.by", who=_person(undo.requested_by))
        return say(language, "card.undone", group=group, who=who)
    if outcome.state == "undoing":
        return say(language, "card.undoing", group=group)
    if outcome.state == "failed":
        return say(language, "card.failed", group=group, error=_error(shown))
    if outcome.state == "review" and shown.label == "ham":
        return say(language, "card.kept", group=group)
    if outcome.state == "review":
        return say(language, "card.review", group=group)
    return say(language, "card.kept", group=group)


def _done(action: Action, language: str) -> Html:
    until = Html()
    if action.until_date is not None and action.kind != "challenge":
        until = say(language, "until", date=_when(action.until_date))
    return say(language, _DONE_WORDS[action.kind], until=until)


def _error(shown: Shown) -> str:
    failed = next((one for one in shown.actions if one.error_code is not None), None)
    if failed is None or failed.error_code is None:
        return ""
    if failed.error_code == "missing_right":
        deleting = failed.kind in ("delete_message", "delete_reactions")
        return hint_for("can_delete_messages" if deleting else "can_restrict_members")
    known = error_of(failed.error_code)
    return f"{known.text} {known.hint}"


def _sender(shown: Shown) -> Html:
    outcome = shown.outcome
    name = mention(outcome.sender_kind, outcome.sender_id, shown.texts.sender_name or "")
    return Html(f"{name} · <code>{outcome.sender_id}</code>")


def _text(shown: Shown, language: str) -> Html:
    if shown.texts_state != "readable":
        return say(language, "card.purged")
    words = "\n".join(
        text.text for text in shown.texts.texts if text.place in ("text", "caption")
    ) or "\n".join(text.text for text in shown.texts.texts[:3])
    if not words.strip():
        return say(language, "card.no_text")
    short = words if len(words) <= _MOST_TEXT else f"{words[:_MOST_TEXT]}…"
    return say(language, "card.text", text=short)


def _edited(edit: Edit, language: str) -> Html:
    if edit.links_added is not None:
        return say(language, "card.edited_in", count=edit.links_added)
    if edit.links_before is not None:
        return say(language, "card.edited", count=edit.links_before)
    return say(language, "card.edited_unseen")


def _why(outcome: Outcome, catalogue: Catalogue, language: str) -> Html:
    told = reasons(outcome.verdict, catalogue)
    if not told:
        return Html()
    shown = [say(language, "card.signal", signal=one) for one in told[:_MOST_SIGNALS]]
    if len(told) > _MOST_SIGNALS:
        shown.append(say(language, "card.more", count=len(told) - _MOST_SIGNALS))
    return say(
        language,
        "card.why",
        percent=percent(outcome.verdict["probability"]),
        signals=Html(" · ".join(shown)),
    )


def _undo_lines(shown: Shown) -> list[str]:
    """What came back and what did not, in the words of whoever did it."""
    undo = next((one for one in shown.actions if one.kind == "undo"), None)
    if undo is None or undo.state != "done" or undo.result is None:
        return []
    lines = [
        *(f"✔ {line}" for line in undo.result.get("restored", ())),
        *(f"✖ {line}" for line in undo.result.get("not_restored", ())),
    ]
    return [say("en", "card.line", line=line) for line in lines]


def _buttons(shown: Shown, language: str) -> Keyboard:
    outcome, label = shown.outcome, shown.label
    update = outcome.update_id

    def button(name: str, verb: str) -> Button:
        return Button(plain(language, f"button.{name}"), data=f"{verb}:{update}")

    is_banned = any(
        one.kind == "ban" and one.state in ("pending", "started", "done") for one in shown.actions
    )
    rows: list[list[Button]] = []
    if shown.is_appealed:
        rows.append([button("accept", "ham"), button("refuse", "spam")])
    elif outcome.state in ("pending", "enforced", "failed"):
        rows.append([button("undo", "ham")])
        if label != "spam":
            rows[0].append(button("right", "spam"))
    elif outcome.state in ("review", "observed", "kept"):
        first = [] if label == "spam" else [button("spam", "spam")]
        second = [] if label == "ham" else [button("ham", "ham")]
        rows.append([*first, *second])
    elif outcome.state == "undone":
        was_deleted = any(
            one.kind == "delete_message" and one.state == "done" for one in shown.actions
        )
        if was_deleted and shown.texts_state == "readable":
            rows.append([button("repost", "repost")])
    may_be_banned = outcome.state in ("enforced", "failed", "review", "observed")
    last = [button("ban", "ban")] if may_be_banned and label != "ham" and not is_banned else []
    if label != "ham" and outcome.state in ("enforced", "failed") and outcome.event != "reaction":
        rows.append([button("sweep", "sweep")])
    if may_be_banned or outcome.state == "pending":
        last.append(button("allow", "allow"))
    rows.append(last)
    return [row for row in rows if row]


def _person(subject: str | None) -> Html:
    """Who did something, by their subject: leads to them, where they are a person of Telegram."""
    kind, _, user_id = (subject or "").partition(":")
    if kind == "user" and user_id.isdigit():
        return mention("user", int(user_id), plain("en", "person.admin"))
    return Html(plain("en", "person.operator" if kind == "operator" else "person.admin"))


def _when(date: datetime) -> str:
    return f"{date:%-d %b %H:%M}"
