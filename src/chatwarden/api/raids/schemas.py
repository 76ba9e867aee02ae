"""What the API says about raids."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.storage.repositories.raids import LONGEST_RAID, SHORTEST_RAID

_MINUTE = 60


class RaidFigures(BaseModel):
    """What was done in the group from a raid's beginning to its end, or up to now."""

    model_config = ConfigDict(from_attributes=True)

    asked: int = Field(description="Whoever joined and was asked to show that they are a person.")
    passed: int
    removed: int = Field(description="Put out, by the gate or by the policy; they may come back.")
    deleted: int = Field(description="Messages.")
    banned: int


class RaidRecord(BaseModel):
    """A time in which many joined at once, or of which people said so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "started_at": "2026-11-20T09:00:00Z",
                    "started_by": "joins",
                    "started_by_name": None,
                    "until": "2026-11-20T09:31:00Z",
                    "ended_at": "2026-11-20T09:24:10Z",
                    "ended_by": "user:5",
                    "ended_by_name": "Rosa Green",
                    "joins": 212,
                    "figures": {
                        "asked": 212,
                        "passed": 9,
                        "removed": 203,
                        "deleted": 31,
                        "banned": 4,
                    },
                }
            ]
        }
    )

    started_at: datetime
    started_by: str = Field(
        description='"joins": a mass join. Else whoever said so, e.g. "user:5", "operator".'
    )
    started_by_name: str | None = Field(description="As Telegram last told it.")
    until: datetime = Field(description="When it ends by itself, if no mass join follows.")
    ended_at: datetime | None = Field(description="null while it is on.")
    ended_by: str | None = Field(description='"time": by itself. Else whoever ended it.')
    ended_by_name: str | None
    joins: int = Field(description="Joins and requests of the mass join.")
    figures: RaidFigures


class RaidPage(BaseModel):
    items: list[RaidRecord] = Field(
        description="The latest first; the one that is on is the first."
    )
    next_cursor: datetime | None = Field(description="null on the last page.")


class RaidWanted(BaseModel):
    """For how long whoever joins is met as in a raid."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"minutes": 30}]})

    minutes: int = Field(
        ge=SHORTEST_RAID.seconds // _MINUTE, le=int(LONGEST_RAID.total_seconds()) // _MINUTE
    )
