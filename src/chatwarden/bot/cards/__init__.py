"""Cards: each outcome told to those who answer for the group, with its reason and the buttons that change it."""
