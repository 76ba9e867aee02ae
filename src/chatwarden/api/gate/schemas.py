"""What the API says about the gate."""

from pydantic import BaseModel, ConfigDict, Field


class NewcomerQuestion(BaseModel):
    """What whoever joins is asked, by the bot's own words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "language": "en",
                    "text": "👋 Welcome to Balcony gardeners. Before you can write, show that you are a person.\n\n"
                    "Press the key.\nYou have 5 minutes. After that you are outside and may come back a little later.",
                    "options": ["🏠", "🔑", "🐟", "🌙", "🐶", "🍎"],
                    "in_a_row": 3,
                }
            ]
        }
    )

    language: str = Field(description="The group's.")
    text: str = Field(description="Without its formatting.")
    options: list[str] = Field(description="The buttons below it.")
    in_a_row: int = Field(description="How many buttons stand beside each other.")
