"""A group's settings as a file: /export and /import, in private."""

from chatwarden.bot.call import Call
from chatwarden.bot.commands.registry import Commands
from chatwarden.bot.groups import groups_of
from chatwarden.bot.transfers import Form, send_export, show_plan
from chatwarden.telegram.messages import Button, Keyboard

commands = Commands()

_MOST_GROUPS = 50


@commands.add("export", by="anyone", offered=("private",))
async def export(call: Call) -> None:
    """Send the file of a group: all of it, or with "/export csv" its rules as a table."""
    if not call.chat.is_private:
        return
    form: Form = "csv" if call.argument.lower() == "csv" else "yaml"
    groups = await groups_of(call.ports, call.user.id)
    if not groups:
        await call.answer(call.say("settings.none"))
    elif len(groups) == 1:
        await send_export(
            call.ports, groups[0], user_id=call.user.id, language=call.language, form=form
        )
    else:
        rows = [
            [Button(one.title[:64], data=f"export:{one.chat_id}:{form}")]
            for one in groups[:_MOST_GROUPS]
        ]
        await call.answer(call.say("settings.choose"), keyboard=rows)


@commands.add("import", by="anyone", offered=("private",))
async def import_(call: Call) -> None:
    """Show what a file would change in a group, and ask for one tap."""
    if not call.chat.is_private:
        return
    if call.file is None:
        await call.answer(call.say("import.how"))
        return
    groups = await groups_of(call.ports, call.user.id)
    if not groups:
        await call.answer(call.say("settings.none"))
        return
    keyboard: Keyboard
    if len(groups) == 1:
        text, keyboard = await show_plan(call.ports, groups[0], call.file, call.language)
    else:
        text = call.say("settings.choose")
        keyboard = [
            [Button(one.title[:64], data=f"import:{one.chat_id}")] for one in groups[:_MOST_GROUPS]
        ]
    await call.ports.telegram.send(
        call.chat.id, text, keyboard=keyboard, reply_to=call.file.message_id
    )
