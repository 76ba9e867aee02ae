"""Rules: tried before they count. They are kept in the policy, whose history is theirs."""
