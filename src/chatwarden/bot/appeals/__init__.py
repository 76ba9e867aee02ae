"""Appeals: whom a verdict met can ask the admins to look again (docs/guides/appeals.md)."""
