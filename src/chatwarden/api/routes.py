"""All addresses: a router per noun."""

from fastapi import APIRouter

from chatwarden.api.analytics.endpoints import router as analytics
from chatwarden.api.api_keys.endpoints import router as api_keys
from chatwarden.api.audit_log.endpoints import router as audit_log
from chatwarden.api.backtest.endpoints import router as backtest
from chatwarden.api.cases.endpoints import router as cases
from chatwarden.api.gate.endpoints import router as gate
from chatwarden.api.groups.endpoints import router as groups
from chatwarden.api.health.endpoints import router as health
from chatwarden.api.me.endpoints import router as me
from chatwarden.api.operator.endpoints import router as operator
from chatwarden.api.outcomes.endpoints import router as outcomes
from chatwarden.api.playground.endpoints import router as playground
from chatwarden.api.policy.endpoints import router as policy
from chatwarden.api.privacy.endpoints import router as privacy
from chatwarden.api.raids.endpoints import router as raids
from chatwarden.api.rules.endpoints import router as rules
from chatwarden.api.senders.endpoints import router as senders
from chatwarden.api.session.endpoints import router as session
from chatwarden.api.signals.endpoints import router as signals
from chatwarden.api.team.endpoints import router as team
from chatwarden.api.transfer.endpoints import router as transfer
from chatwarden.api.webhooks.endpoints import router as webhooks

router = APIRouter()
for noun in (
    session,
    me,
    groups,
    analytics,
    team,
    policy,
    transfer,
    gate,
    raids,
    rules,
    playground,
    backtest,
    outcomes,
    cases,
    senders,
    signals,
    webhooks,
    api_keys,
    audit_log,
    privacy,
    operator,
):
    router.include_router(noun, prefix="/api/v1")
router.include_router(health)
