"""What is wrong with a deployment, found by looking: `chatwarden doctor`. Nothing is changed."""
