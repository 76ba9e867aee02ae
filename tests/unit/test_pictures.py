"""Pictures, as Python hands them over and gets them back."""

import asyncio

import pytest

from chatwarden._engine import look_at_picture
from tests.support.pictures import meme, qr_code

INVITE = "https://t.me/+AbCdEfGh12345678"


def test_a_code_is_read_and_a_meme_has_none() -> None:
    hash_, links = look_at_picture(qr_code(INVITE))

    assert links == [INVITE]
    assert 0 <= hash_ < 1 << 64
    assert look_at_picture(meme())[1] == []


def test_the_same_picture_looks_the_same_and_another_does_not() -> None:
    code, other = look_at_picture(qr_code(INVITE))[0], look_at_picture(meme())[0]

    assert look_at_picture(qr_code(INVITE))[0] == code
    assert (code ^ other).bit_count() > 10


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (b"", "neither"),
        (b"%PDF-1.7", "neither"),
        (meme()[:60], "damaged"),
        (bytes(5 * 1024 * 1024 + 1), "larger"),
        (meme(width=6000, height=4000), "larger"),
    ],
)
def test_what_cannot_be_looked_at_says_why(picture: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        look_at_picture(picture)


async def test_others_go_on_while_a_picture_is_looked_at() -> None:
    turns = 0
    looking = asyncio.ensure_future(
        asyncio.to_thread(look_at_picture, meme(width=3000, height=3000))
    )
    while not looking.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > 10
