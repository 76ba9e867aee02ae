"""What people talk to: commands, buttons, cards."""
