"""Letting in whoever asks to be."""

from typing import Literal

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.methods.calling import (
    ChatParams,
    Method,
    Params,
    find_chat,
    own_member,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.requests import QUERY_WAITS, JoinRequest, let_in
from chatwarden.simulator.state.world import World


class OfRequest(ChatParams, kw_only=True):
    user_id: int


class AnswerQuery(Params, kw_only=True):
    chat_join_request_query_id: str
    result: Literal["approve", "decline", "queue"]


def approve_chat_join_request(world: World, bot: Bot, params: OfRequest) -> object:
    """Let somebody in who asked to be."""
    let_in(world, _asked(world, bot, params))
    return True


def decline_chat_join_request(world: World, bot: Bot, params: OfRequest) -> object:
    """Refuse somebody; they may ask again."""
    asked = _asked(world, bot, params)
    del world.requests[asked.chat_id, asked.person_id]
    return True


def answer_chat_join_request_query(world: World, bot: Bot, params: AnswerQuery) -> object:
    """Say within ten seconds what is to become of a request; later ones are left to the admins."""
    query_id = params.chat_join_request_query_id
    asked = next((one for one in world.requests.values() if one.query_id == query_id), None)
    is_late = asked is not None and world.clock.now() - asked.asked_at > QUERY_WAITS
    if asked is None or is_late or asked.query_answer is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    asked.query_answer = params.result
    if params.result == "approve":
        let_in(world, asked)
    elif params.result == "decline":
        del world.requests[asked.chat_id, asked.person_id]
    return True


METHODS = {
    "approveChatJoinRequest": Method(OfRequest, approve_chat_join_request),
    "declineChatJoinRequest": Method(OfRequest, decline_chat_join_request),
    "answerChatJoinRequestQuery": Method(AnswerQuery, answer_chat_join_request_query),
}


def _asked(world: World, bot: Bot, params: OfRequest) -> JoinRequest:
    chat = find_chat(world, bot, params.chat_id)
    if not own_member(world, bot, chat).may("can_invite_users"):
        raise bad_request("not enough rights to manage chat join requests")
    asked = world.requests.get((chat.id, params.user_id))
    if asked is None:
        member = chat.members.get(params.user_id)
        present = member is not None and member.is_present
        raise bad_request("USER_ALREADY_PARTICIPANT" if present else "HIDE_REQUESTER_MISSING")
    return asked
