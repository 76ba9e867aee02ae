"""A group's settings as a message with buttons: the same in the group and in private."""

from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import LANGUAGES, Html, plain, say
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.storage.models import Group
from chatwarden.telegram.client import NEEDED_RIGHTS
from chatwarden.telegram.messages import Button, Keyboard

PRESETS = ("gentle", "standard", "strict")


def panel(group: Group, language: str) -> Html:
    """What is set, and what the bot lacks."""
    preset = plain(language, f"preset.{group.policy.get('preset', 'standard')}")
    where = "settings.cards.private" if group.card_chat_id is None else "settings.cards.chat"
    lines: list[str] = [
        say(language, "settings.title", group=group.title),
        say(language, f"settings.mode.{group.mode}"),
        say(language, "settings.preset", preset=preset),
        say(language, "settings.cards", where=plain(language, where)),
    ]
    if group.missing_rights:
        lines += ["", rights(language, group.missing_rights)]
    return Html("\n".join(lines))


def rights(language: str, missing: list[str]) -> Html:
    """A line for each right that the bot needs: whether it has it, and how to give it."""
    return Html(
        "\n".join(
            (
                say(language, "right.no", right=title_of(right), hint=hint_for(right))
                if right in missing
                else say(language, "right.yes", right=title_of(right))
            )
            for right in NEEDED_RIGHTS
        )
    )


def panel_buttons(ports: BotPorts, group: Group, language: str, *, private: bool) -> Keyboard:
    """Mode, strictness, language; in the group also the way to private cards."""
    chat = group.chat_id
    other = "observe" if group.mode == "guard" else "guard"
    rows = [
        [Button(plain(language, f"button.{other}"), data=f"mode:{chat}:{other}")],
        [_preset_button(group, preset, language) for preset in PRESETS],
        [
            Button(
                plain(language, "button.language", language=LANGUAGES[group.language]),
                data=f"langs:{chat}",
            )
        ],
    ]
    if not private:
        rows.append([Button(plain(language, "button.tell_me"), url=ports.link(f"cards{chat}"))])
    return rows


def language_buttons(chat_id: int) -> Keyboard:
    """The languages that the bot speaks, two in a row."""
    buttons = [Button(name, data=f"lang:{chat_id}:{code}") for code, name in LANGUAGES.items()]
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


def _preset_button(group: Group, preset: str, language: str) -> Button:
    name = plain(language, f"preset.{preset}")
    if group.policy.get("preset", "standard") == preset:
        name = plain(language, "button.chosen", choice=name)
    return Button(name, data=f"preset:{group.chat_id}:{preset}")
