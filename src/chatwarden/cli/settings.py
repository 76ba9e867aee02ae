"""Reads the settings for a command, and says in words what is wrong with them."""

from pydantic import ValidationError
from pydantic_settings import SettingsError

from chatwarden.errors import ConfigurationError
from chatwarden.settings import Settings, secrets_dir


def read_settings() -> Settings:
    """Raises ConfigurationError that names each variable and its fault, never its value."""
    try:
        return Settings(_secrets_dir=secrets_dir())
    except ValidationError as error:
        faults = "; ".join(
            f"CHATWARDEN_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigurationError(faults) from None
    except SettingsError as error:
        # A list that is no JSON: the text names the setting, as a field.
        raise ConfigurationError(f"{error}.") from None
