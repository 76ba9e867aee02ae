"""What the API says about health."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One part of the deployment."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: Literal["ok", "starting", "failing"]
    detail: str


class Health(BaseModel):
    """`ok` where every part is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "demo": False,
                    "parts": [
                        {"name": "database", "state": "ok", "detail": "SQLite"},
                        {"name": "enforcer", "state": "starting", "detail": "Loads its client."},
                    ],
                }
            ]
        }
    )

    status: Literal["ok", "degraded"]
    demo: bool
    parts: list[Part]
