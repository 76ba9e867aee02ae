"""`python -m chatwarden`."""

from chatwarden.cli import main

if __name__ == "__main__":
    main()
