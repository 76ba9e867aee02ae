"""What the API says about the signed-in person."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Me(BaseModel):
    """Who is signed in, and where."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject": "operator", "role": "operator", "demo": False}],
        }
    )

    subject: str = Field(description='"operator", or "user:<Telegram id>".')
    role: Literal["operator", "user"]
    demo: bool = Field(description="True where the demo group is guarded, not a real one.")
