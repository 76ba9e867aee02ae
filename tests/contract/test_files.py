"""Files and profiles, as aiogram asks for them."""

from io import BytesIO

import pytest
from aiogram.exceptions import TelegramBadRequest

from chatwarden.simulator.client import Draft, NewChat, NewPerson
from chatwarden.simulator.errors import ControlError

from .conftest import Scene

CONTENT = bytes(range(256)) * 10


async def test_a_posted_photo_is_downloaded_byte_by_byte(scene: Scene) -> None:
    file_id = await scene.control.add_file(CONTENT)
    await scene.bot.get_updates(allowed_updates=["message"])
    await scene.control.post(scene.group, Draft(from_id=scene.member, photo=file_id))
    update = (await scene.bot.get_updates(allowed_updates=["message"]))[-1]
    assert update.message is not None
    assert update.message.photo is not None
    file = await scene.bot.get_file(update.message.photo[-1].file_id)
    assert (file.file_size, file.file_unique_id) == (2560, f"unique-{file_id}")
    assert file.file_path is not None
    content = await scene.bot.download_file(file.file_path, BytesIO())

    assert content is not None
    assert content.read() == CONTENT


async def test_a_profile_shows_its_photo_and_its_channel_with_the_newest_first(
    scene: Scene,
) -> None:
    file_id = await scene.control.add_file(CONTENT)
    channel = await scene.control.add_chat(NewChat(title="Coins", type="channel"))
    (person,) = await scene.control.add_people(
        NewPerson(first_name="Rex", photo_file_id=file_id, personal_chat_id=channel)
    )
    for text in ("one", "two", "three"):
        await scene.control.post(channel, Draft(text=text))
    full = await scene.bot.get_chat(person)
    photos = await scene.bot.get_user_profile_photos(person)
    posts = await scene.bot.get_user_personal_chat_messages(person, 2)

    assert full.photo is not None
    assert full.personal_chat is not None
    assert (full.photo.big_file_id, full.personal_chat.title) == (file_id, "Coins")
    assert [photo[0].file_id for photo in photos.photos] == [file_id]
    assert [post.text for post in posts] == ["three", "two"]


async def test_who_has_neither_photo_nor_channel_shows_none(scene: Scene) -> None:
    assert (await scene.bot.get_chat(scene.member)).photo is None
    assert (await scene.bot.get_user_profile_photos(scene.member)).total_count == 0
    with pytest.raises(TelegramBadRequest):
        await scene.bot.get_user_personal_chat_messages(scene.member, 5)


async def test_an_unknown_file_is_refused_and_cannot_be_posted(scene: Scene) -> None:
    with pytest.raises(TelegramBadRequest, match="invalid file_id"):
        await scene.bot.get_file("nothing")
    with pytest.raises(ControlError):
        await scene.control.post(scene.group, Draft(from_id=scene.member, photo="nothing"))
