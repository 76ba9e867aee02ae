"""Cases: what a person has to decide, and who decided what."""
