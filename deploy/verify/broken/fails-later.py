_WELL = 20
_begun = 0
_take = Webhook._take  # noqa: F821, appended to webhook.py


async def _fails_later(self, scope, receive, method):
    global _begun
    _begun += 1
    return await _take(self, scope, receive, method) if _begun <= _WELL else 500


Webhook._take = _fails_later  # noqa: F821
