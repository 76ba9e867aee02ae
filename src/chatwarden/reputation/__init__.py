"""What others know of a sender: lists of known spammers, and a language model's opinion. Each is off until it is switched on."""
