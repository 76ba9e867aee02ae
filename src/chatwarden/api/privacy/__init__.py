"""Privacy: what is held about a person, as they may ask of whoever runs the deployment."""
