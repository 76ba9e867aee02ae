"""Files and photos: where they are downloaded from."""

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.methods.calling import Method, Params, find_person
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.world import World

LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes that Telegram lets a bot download."""


class GetFile(Params, kw_only=True):
    file_id: str


class GetProfilePhotos(Params, kw_only=True):
    user_id: int
    offset: int = 0
    limit: int = 100


def get_file(world: World, bot: Bot, params: GetFile) -> object:
    """Where a file is downloaded from."""
    file = world.files.find(params.file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return file.payload()


def get_user_profile_photos(world: World, bot: Bot, params: GetProfilePhotos) -> object:
    """Somebody's photos: there is one at most."""
    file = world.files.find(find_person(world, params.user_id).photo_file_id or "")
    photos = [] if file is None else [file.photo()]
    return {
        "total_count": len(photos),
        "photos": photos[params.offset : params.offset + params.limit],
    }


METHODS = {
    "getFile": Method(GetFile, get_file),
    "getUserProfilePhotos": Method(GetProfilePhotos, get_user_profile_photos),
}
